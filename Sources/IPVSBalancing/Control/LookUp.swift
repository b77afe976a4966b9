// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets

/// The rule by which a packet belongs to a service, in the order in which they are tried.
public enum LookUpRule: UInt8, Hashable, Sendable, CaseIterable {
  /// The firewall mark, whatever the protocol, the address, and the port.
  case mark

  /// The protocol, the address, and the port.
  case exact

  /// The service of FTP at the address, which data connections to other ports belong to.
  case ftpData

  /// The service of all ports of the address.
  case anyPort
}

extension Balancer {
  /// The port of FTP, whose data connections belong to the service of its control connections.
  static var ftpPort: UInt16 { WellKnownPort.ftp }
  static var ftpDataPort: UInt16 { WellKnownPort.ftpData }

  /// The slot of a service; nil if there is none with this key.
  func index(
    of key: ServiceKey
  ) -> Slab<ServiceRecord>.Index? {
    serviceIndex.first(key.hash(connections.secret)) { slot in
      services[Slab.Index(value: slot)].key == key
    }.map(Slab.Index.init(value:))
  }

  /// The slot of a server of a service; nil if the service has none with this key.
  func index(
    of key: ServerKey, in owner: Slab<ServiceRecord>.Index
  ) -> Slab<ServerRecord>.Index? {
    serverIndex.first(hash(key, in: owner)) { slot in
      let server = Slab<ServerRecord>.Index(value: slot)
      return servers[server].owner == owner && servers[server].key == key
    }.map(Slab.Index.init(value:))
  }

  func hash(_ key: ServerKey, in owner: Slab<ServiceRecord>.Index) -> UInt64 {
    key.hash(connections.secret, of: UInt64(owner.value))
  }

  /// The service that a packet belongs to, and the rule by which it does (ip_vs_ctl.c,
  /// `ip_vs_service_find`).
  ///
  /// - Parameters:
  ///   - mark: that of the packet.
  ///   - address: the packet's destination.
  @inline(__always)
  func lookUp(
    family: AddressFamily, mark: UInt32, transport: UInt8, address: UInt128, port: UInt16
  ) -> (service: Slab<ServiceRecord>.Index, rule: LookUpRule)? {
    if mark != 0, let index = index(of: ServiceKey(family, mark: mark)) { return (index, .mark) }
    var key = ServiceKey(family, transport: UInt16(transport), address: address, port: port)
    if let index = index(of: key) { return (index, .exact) }
    if ftpServices > 0, key.transport == TransportProtocol.tcp.rawValue,
      port == Self.ftpDataPort || port >= settings.firstUnprivilegedPort
    {
      key.port = Self.ftpPort
      if let index = index(of: key) { return (index, .ftpData) }
    }
    guard portZeroServices > 0 else { return nil }
    key.port = 0
    return index(of: key).map { ($0, .anyPort) }
  }

  /// Whether IPVS handles packets of a family (ip_vs_core.c, `ip_vs_register_hooks`).
  @inline(__always)
  func hasServices(_ family: AddressFamily) -> Bool {
    family == .ipv4 ? ipv4Services > 0 : ipv6Services > 0
  }

  /// Updates the numbers of services that `lookUp` and `hasServices` use.
  mutating func count(_ key: ServiceKey, by change: Int) {
    switch key.family {
    case .ipv4: ipv4Services += change
    case .ipv6: ipv6Services += change
    }
    guard key.mark == 0 else { return }
    if key.port == 0 { portZeroServices += change }
    if key.port == Self.ftpPort { ftpServices += change }
  }
}
