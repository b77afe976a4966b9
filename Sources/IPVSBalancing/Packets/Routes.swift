public import IPVSAddresses

/// The way to an address, as the director's routing table has it.
public struct Route: Hashable, Sendable {
  /// The address is one of the director's own.
  public var isLocal: Bool

  /// The longest packet that the way takes, in bytes from the IP header on.
  public var mtu: Int

  /// The director's address on that way: the source of what it sends itself.
  public var source: UInt128

  /// False for the address of a group, and for that of all hosts of a network.
  public var isUnicast: Bool

  public init(isLocal: Bool = false, mtu: Int = 1500, source: UInt128, isUnicast: Bool = true) {
    self.isLocal = isLocal
    self.mtu = mtu
    self.source = source
    self.isUnicast = isUnicast
  }
}

/// The surroundings of the balancer, asked once for each packet that goes to a server.
public protocol Routes {
  /// The way to an address (that of IPv4 in the low 32 bits). Nil: there is none.
  func route(to address: UInt128, _ family: AddressFamily) -> Route?

  /// Takes note of what a router says of the longest packet to an address of IPv4 (`PathMTUs.learn`).
  ///
  /// - Returns: What is known of that, in bytes. Nil: there is no way to the address.
  func learn(mtu: Int, to address: UInt128) -> Int?
}

extension Routes {
  /// Where all ways are as they are, whatever routers say.
  public func learn(mtu: Int, to address: UInt128) -> Int? { route(to: address, .ipv4)?.mtu }
}
