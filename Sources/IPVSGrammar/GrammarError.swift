// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// Why a command line is not run: the only error that this module's parsers throw.
public enum GrammarError: Error, Hashable, Sendable {
  /// The words are not a command with its options.
  case words(WordFault)

  /// The options do not go with the command or with each other.
  case options(OptionFault)

  /// A value is not what its option takes, or does not fit another value.
  case values(ValueFault)

  /// A line of `ippfvsadm`.
  case ancestor(AncestorFault)

  /// The exit status: 255 where the words are no options of the program, 2 where their meaning is
  /// at fault (ipvsadm.c, `parse_options`).
  public var exitStatus: Int32 {
    switch self {
    case .words(let fault): fault.isAboutCommand || fault.lastsOneLine ? 255 : 2
    case .options, .values, .ancestor: 2
    }
  }

  /// Whether restore input goes on with the next line; all other faults end the program.
  public var lastsOneLine: Bool {
    switch self {
    case .words(let fault): fault.lastsOneLine
    case .options, .values, .ancestor: false
    }
  }
}

/// Words that are not a command with its options.
public enum WordFault: Hashable, Sendable {
  /// The line has no option. `Word` is its first word, if there is one.
  case noCommand(Word?)

  /// The first option is known, but is not a command.
  case optionBeforeCommand(Word)

  /// The first option is unknown.
  case unknownCommand(Word)

  /// A command without the value that it needs.
  case incompleteCommand(Word)

  /// A command with a value that it does not take.
  case overfullCommand(Word)

  /// `--restore`, or another command that is about a whole table, in a line of restore input.
  case noRestoreLine(Word)

  /// A command without the name of a file that it needs.
  case missingFile(CommandName)

  /// A packet with fewer words than its protocol, its client, and its destination.
  case missingPacket(words: Int)

  /// `letter` is the one that is no option, in a word of letters; nil for a long option.
  case unknownOption(Word, letter: UInt8?)

  /// The line ends where the option's value should be. `option` is its long name.
  case missingArgument(Word, option: ByteString)
  case unwantedArgument(Word)

  /// A command after the first. The word is its value, if it has one.
  case secondCommand(Word, CommandName, after: CommandName)
  case repeatedOption(OptionName, Word)
  case leftover(Word)

  /// Whether the first line of the message is only a hint at the help text, as in ipvsadm 1.31.
  public var isAboutCommand: Bool {
    switch self {
    case .noCommand, .optionBeforeCommand, .unknownCommand, .incompleteCommand, .overfullCommand,
      .noRestoreLine:
      true
    default: false
    }
  }

  /// Whether restore input goes on with the next line.
  public var lastsOneLine: Bool {
    switch self {
    case .unknownOption, .missingArgument, .unwantedArgument: true
    default: false
    }
  }
}

/// Options that do not go with the command or with each other.
public enum OptionFault: Hashable, Sendable {
  case missing(OptionName, for: CommandName)
  case illegal(OptionName, for: CommandName)
  case exclusive(OptionName, with: OptionName, for: CommandName)

  /// A fault that 1.31 finds first, in options that we give a meaning, and the one that keeps the line
  /// from being run.
  indirect case toldAs(OptionFault, reason: OptionFault)

  /// An option about connections in a listing of services.
  case aboutConnections(OptionName)

  /// An option about real servers, where a director is looked at.
  case aboutRealServer(OptionName)

  /// A view of services with a listing that shows none.
  case conflictingViews

  /// An option of a listing that is not watched.
  case unwatched(OptionName)

  /// `--sort-by` without `--watch`.
  case orderWithoutWatch

  /// An option of tunnels, where the forwarding method is another.
  case noTunnel(OptionName)
  case missingInTunnel(OptionName, Tunnel.Kind)
  case illegalInTunnel(OptionName, Tunnel.Kind)
  case exclusiveInTunnel(OptionName, with: OptionName, Tunnel.Kind)
}

/// Values that are not what their option takes, or that do not fit each other.
public enum ValueFault: Hashable, Sendable {
  /// `--set` with this many values instead of three.
  case tooFewTimeouts(Int)
  case timeout(Word, NumberFault, ClosedRange<Int>)
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

  /// The seconds between two looks at a table.
  case interval(Word, NumberFault)

  /// A word that is none of those that an option takes.
  case choice(Word, Choice)

  /// No address in numbers.
  case address(OptionName, Word)

  /// Neither an address nor a prefix.
  case network(Word)

  /// A parameter without a name or a value.
  case parameter(Word)

  /// A state that no protocol has.
  case state(Word)

  /// The protocol of a packet that is none of TCP, UDP, and SCTP.
  case packetProtocol(Word)

  /// The client or the destination of a packet that is no address.
  case packetEnd(Word, AddressError)

  /// A destination of another family than the client.
  case packetFamilies(Word, client: IPAddress)

  /// A packet's port 0.
  case packetPort(Word)

  /// A flag that no scheduler has.
  case unknownSchedulerFlag(ByteString)

  /// A flag of another scheduler than that of the service.
  case foreignSchedulerFlag(ByteString, scheduler: ByteString)

  case zeroPort(ServiceIdentity)
  case onePacketOverStream(ServiceIdentity)
  case differentFamilies(ServiceIdentity, Endpoint)

  /// An option that takes one of several words.
  public enum Choice: String, Hashable, Sendable {
    case color
    case order = "sort-by"
    case countKey = "count-by"
    case metricsDetail = "metrics"
    case shell = "completion"
    case importFormat = "import"

    /// The words that it takes.
    public var words: [String] {
      switch self {
      case .color: ColorChoice.allCases.map(\.rawValue)
      case .order: WatchOrder.allCases.map(\.rawValue)
      case .countKey: ConnectionKey.allCases.map(\.rawValue)
      case .metricsDetail: MetricsRequest.Detail.allCases.map(\.rawValue)
      case .shell: Shell.allCases.map(\.rawValue)
      case .importFormat: ImportFormat.allCases.map(\.rawValue)
      }
    }
  }
}

/// What is wrong with `host[:port]`.
public enum AddressError: Error, Hashable, Sendable {
  case empty

  /// A lone number could be an address or a port.
  case onlyDigits

  /// `[` without `]`.
  case missingBracket

  /// Something other than a colon and a port after `]`.
  case textAfterBracket(ByteString)

  /// Nothing after `]`, and in the brackets is no IPv6 address.
  case bracketsWithoutPort

  /// Text behind a blank; inet_aton(3) would take no notice of it.
  case textAfterBlank(ByteString)

  /// More than four numbers with dots between them. `port`: the last one, if it could be the port.
  case tooManyNumbers(port: ByteString?)

  /// A number that does not fit into its part of an IPv4 address.
  case numberTooLarge(ByteString)

  /// Two dots in a row, or one at an end.
  case missingNumber

  /// Four parts as in an IPv4 address, of which these are no numbers, and no host has that name.
  case notNumbers([ByteString])

  /// An IPv6 address with an interface, which IPVS has no field for.
  case zone(ByteString)

  /// More colons than one, but no IPv6 address.
  case tooManyColons(ByteString)
  case unknownHost(ByteString)
  case missingPort

  /// A number that is none in 0...65535.
  case portOutOfRange(ByteString)

  /// No service has that name over the protocol; over the ones in `others` it has.
  case unknownPort(ByteString, TransportProtocol, others: [TransportProtocol])

  /// The port of a real server is a name, and no service says over which protocol.
  case portWithoutProtocol(ByteString)
}

/// Why a command line of `ippfvsadm` is not run.
public enum AncestorFault: Error, Hashable, Sendable {
  public enum AddressFault: Error, Hashable, Sendable {
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
