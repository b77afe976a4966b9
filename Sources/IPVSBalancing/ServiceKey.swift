public import IPVSAddresses

/// What tells one virtual service from another (ip_vs_ctl.c, `ip_vs_genl_parse_service`).
///
/// A key holds what the kernel's table holds, which is more than rules can say: any number of a
/// protocol, and a mark beside an address.
public struct ServiceKey: Hashable, Sendable {
  // The largest first: each server knows its service by this key, too.

  /// The address as a number, that of IPv4 in the low 32 bits; 0 for services by mark.
  public var address: UInt128

  /// The firewall mark. 0: the service is one by address.
  public var mark: UInt32

  /// The number of the protocol; 6 for services by mark.
  public var transport: UInt16

  /// The port in host order; 0 for services by mark.
  public var port: UInt16

  public var family: AddressFamily

  /// A service by address.
  public init(_ family: AddressFamily, transport: UInt16, address: UInt128, port: UInt16) {
    self.family = family
    self.transport = transport
    mark = 0
    self.address = address
    self.port = port
  }

  /// A service by mark. The mark 0 makes what the kernel makes of it: TCP, 0.0.0.0:0.
  public init(_ family: AddressFamily, mark: UInt32) {
    self.family = family
    transport = TransportProtocol.tcp.rawValue
    self.mark = mark
    address = 0
    port = 0
  }
}
