public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// Values that are not what their option takes, or that do not fit together.
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

  /// A flag that no scheduler has.
  case unknownSchedulerFlag(ByteString)

  /// A flag of another scheduler than that of the service.
  case foreignSchedulerFlag(ByteString, scheduler: ByteString)

  case zeroPort(ServiceIdentity)
  case onePacketOverStream(ServiceIdentity)
  case differentFamilies(ServiceIdentity, Endpoint)
}
