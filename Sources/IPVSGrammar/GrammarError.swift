public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// Why a command line is not run.
public enum GrammarError: Error, Hashable, Sendable {
  /// The first option is not a command. Nil: there is no option.
  case noCommand(Word?)

  /// `--restore` in a line of restore input.
  case nestedRestore(Word)

  case unknownOption(Word)
  case missingArgument(Word)
  case unwantedArgument(Word)

  /// A command after the first. The word is its value, if it has one.
  case secondCommand(Word, CommandName, after: CommandName)
  case repeatedOption(OptionName, Word)
  case leftover(Word)

  case missingOption(OptionName, for: CommandName)
  case illegalOption(OptionName, for: CommandName)
  case exclusiveOptions(OptionName, with: OptionName, for: CommandName)
  case conflictingViews

  case tooFewTimeouts(Int)
  case timeout(Word, NumberFault)
  case mark(Word, NumberFault)
  case ipv6BeforeMark(Word)
  case serviceAddress(Word, AddressError)
  case serverAddress(Word, AddressError)

  /// A mask for IPv4 that is no address.
  case netmask(Word)

  /// A prefix length for IPv6 that is not in 1...128.
  case prefixLength(Word)
  case number(OptionName, Word, NumberFault)
  case daemonRole(Word, for: CommandName)
  case multicastGroup(Word, AddressFamily)
  case tunnelKind(Word)

  /// A flag that no scheduler has.
  case unknownSchedulerFlag(ByteString)

  /// A flag of another scheduler than that of the service.
  case foreignSchedulerFlag(ByteString, scheduler: ByteString)

  case zeroPort(ServiceIdentity)
  case onePacketOverStream(ServiceIdentity)
  case differentFamilies(ServiceIdentity, Endpoint)
  case tunnelOptionsWithoutTunnel(OptionName)
  case missingTunnelOption(OptionName, for: Tunnel.Kind)
  case illegalTunnelOption(OptionName, for: Tunnel.Kind)
  case exclusiveTunnelOptions(OptionName, with: OptionName, for: Tunnel.Kind)

  /// The exit status: 255 where the words are no options of the program, 2 where their meaning is
  /// at fault (ipvsadm.c, `parse_options`).
  public var exitStatus: Int32 {
    switch self {
    case .noCommand, .nestedRestore: 255
    default: lastsOneLine ? 255 : 2
    }
  }

  /// Whether restore input goes on with the next line; all other faults end the program.
  public var lastsOneLine: Bool {
    switch self {
    case .unknownOption, .missingArgument, .unwantedArgument: true
    default: false
    }
  }
}
