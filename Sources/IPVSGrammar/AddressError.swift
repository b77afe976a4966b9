public import IPVSAddresses
public import IPVSText

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
