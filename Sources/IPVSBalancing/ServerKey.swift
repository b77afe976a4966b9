public import IPVSAddresses

/// What tells a real server from the others of its service.
public struct ServerKey: Hashable, Sendable {
  // The largest first: keys of a hundred thousand servers are a third shorter so.

  /// The address as a number, that of IPv4 in the low 32 bits.
  public var address: UInt128

  /// The port in host order. 0: the port that the client asked for.
  public var port: UInt16

  public var family: AddressFamily

  public init(_ family: AddressFamily, address: UInt128, port: UInt16) {
    self.family = family
    self.address = address
    self.port = port
  }
}
