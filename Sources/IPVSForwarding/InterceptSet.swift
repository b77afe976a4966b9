// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

/// What the rules say of addresses: which are virtual, so that packets to them are the director's, and
/// which are of real servers whose packets must pass the director.
struct InterceptSet {
  private struct Host: Hashable {
    let address: UInt128
    let family: AddressFamily

    init(address: UInt128, family: AddressFamily) {
      (self.address, self.family) = (address, family)
    }

    init(_ address: IPAddress) {
      self.init(address: address.bits, family: address.family)
    }
  }

  private var virtual: Set<Host> = []
  private var masqueraded: Set<Host> = []

  /// The addresses of services that are local to the system; nil if all are. The director does not balance
  /// packets to others; it may route them to the machine that has the address.
  var localAddresses: Set<IPAddress>? {
    didSet { arriving = localAddresses.map { virtual.intersection($0.map(Host.init)) } ?? virtual }
  }

  /// The virtual addresses at which packets arrive.
  private var arriving: Set<Host> = []

  /// The flows to lead through the director.
  private(set) var flows: Set<InterceptedFlow> = []

  /// Whether packets are put into tunnels or sent to neighbours, so that segments must arrive as single
  /// packets (no GSO).
  private(set) var needSinglePackets = false

  /// Whether packets are put into tunnels of IPv4.
  private(set) var haveTunnels = false

  init() {}

  /// The flows and addresses that the rules ask for.
  init(_ balancer: borrowing Balancer) {
    var keys: [ServiceKey] = []
    var cursor = ServiceCursor()
    _ = balancer.forEachService(from: &cursor) { service in
      keys.append(service.key)
      return true
    }
    for key in keys { note(key, balancer) }
  }

  private mutating func note(_ key: ServiceKey, _ balancer: borrowing Balancer) {
    let transports =
      key.mark == 0
      ? [UInt8(truncatingIfNeeded: key.transport)]
      : [TransportNumber.tcp, TransportNumber.udp, TransportNumber.sctp]
    // The data connections of FTP have other ports.
    let isForEveryPort = key.port == 0 || key.port == WellKnownPort.ftp
    let port = isForEveryPort ? 0 : key.port
    let virtual = key.mark == 0 ? IPAddress(key.address, key.family) : nil
    if let virtual { add(.service, virtual, transports, port) }
    var hasOwnSource = false
    var position = 0
    _ = balancer.forEachServer(of: key, from: &position) { server in
      switch server.settings.forwarding {
      case ForwardingSettings.masquerading:
        let address = IPAddress(server.key.address, server.key.family)
        add(.server, address, transports, isForEveryPort ? 0 : server.key.port)
      case ForwardingSettings.tunneling:
        (needSinglePackets, hasOwnSource) = (true, true)
        if server.key.family == .ipv4 { haveTunnels = true }
      case ForwardingSettings.directRouting: (needSinglePackets, hasOwnSource) = (true, true)
      default: break
      }
      return true
    }
    if let virtual, hasOwnSource { add(.virtualSource, virtual, transports, port) }
  }

  /// The numbers of forwarding methods (`IP_VS_CONN_F_*`).
  private enum ForwardingSettings {
    static let masquerading: UInt32 = 0
    static let tunneling: UInt32 = 2
    static let directRouting: UInt32 = 3
  }

  private mutating func add(
    _ end: InterceptedFlow.End, _ address: IPAddress, _ transports: [UInt8], _ port: UInt16
  ) {
    for transport in transports {
      add(InterceptedFlow(end, address, transport: transport, port: port))
    }
  }

  /// Adds a flow, such as one of a deleted rule whose connections may still be there.
  mutating func add(_ flow: InterceptedFlow) {
    flows.insert(flow)
    let host = Host(address: flow.address.bits, family: flow.address.family)
    switch flow.end {
    case .service:
      virtual.insert(host)
      if localAddresses == nil { arriving.insert(host) }
    case .server: masqueraded.insert(host)
    case .virtualSource: break
    }
  }

  /// Whether packets from an address are those of a masqueraded server.
  func isServer(_ address: UInt128, _ family: AddressFamily) -> Bool {
    masqueraded.contains(Host(address: address, family: family))
  }

  /// Whether a masqueraded server is behind a router.
  func needRouters(_ onLinkPrefixes: OnLinkPrefixes) -> Bool {
    masqueraded.contains { !onLinkPrefixes.contains(IPAddress($0.address, $0.family)) }
  }

  /// Whether packets to an address are for a virtual service of this machine.
  func isVirtual(_ address: UInt128, _ family: AddressFamily) -> Bool {
    arriving.contains(Host(address: address, family: family))
  }
}

extension IPAddress {
  /// The address of a family with the given number.
  init(_ bits: UInt128, _ family: AddressFamily) {
    self =
      family == .ipv4
      ? .v4(IPv4Address(UInt32(truncatingIfNeeded: bits))) : .v6(IPv6Address(bits))
  }

  /// The address as a number, that of IPv4 in the low 32 bits.
  var bits: UInt128 {
    switch self {
    case .v4(let address): UInt128(address.bits)
    case .v6(let address): address.bits
    }
  }
}
