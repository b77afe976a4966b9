public import IPVSText

/// Why a command line of `ippfvsadm` is not run.
public enum AncestorFault: Hashable, Sendable {
  public enum AddressFault: Hashable, Sendable {
    /// Nothing behind the address. The error says what else is wrong with it, if it is no address.
    case noPort(AddressError?)

    /// Not in 1...65535.
    case port(ByteString)

    /// Not four numbers with dots between them.
    case address(ByteString)
  }

  case severalCommands(Word)
  case severalServices(Word)
  case severalServers(Word)
  case severalWeights(Word)
  case serviceAddress(Word, AddressFault)
  case serverAddress(Word, AddressFault)
  case weight(Word, NumberFault)
  case leftover(Word)

  /// -A without a service or a real server, or -D without a service.
  case missing(AncestorOption, for: AncestorOption)

  /// An option that the command does not take.
  case incompatible(AncestorOption, with: AncestorOption)
}

/// The letters that are commands and options of `ippfvsadm`.
public enum AncestorOption: UInt8, Hashable, Sendable {
  case add = 0x41
  case delete = 0x44
  case clear = 0x43
  case list = 0x4c
  case help = 0x68

  /// `-t`, and for messages `-u` along with it.
  case tcpService = 0x74
  case udpService = 0x75
  case server = 0x52

  /// `-r`, as ipvsadm(8) has it today.
  case serverToday = 0x72
  case weight = 0x77

  /// The letter behind the dash.
  public var letter: Unicode.Scalar { Unicode.Scalar(rawValue) }

  var takesValue: Bool {
    switch self {
    case .tcpService, .udpService, .server, .serverToday, .weight: true
    case .add, .delete, .clear, .list, .help: false
    }
  }
}
