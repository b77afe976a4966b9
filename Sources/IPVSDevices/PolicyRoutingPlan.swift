// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets
internal import IPVSText

/// The rules and routes that lead flows of one family through a device (ip-rule(8)).
///
/// The rule for local addresses keeps its priority, 0 on most machines, and its contents. Ours come before
/// it: the kernel appends a rule to those of the same priority, so that a copy of the rule for local
/// addresses, made after ours, takes over from the first one, which is deleted then. Where that rule has
/// a priority of its own, ours have those below it. So no moment is without a rule for local addresses, and
/// `ip rule flush`, which spares priority 0, and programs that delete the rules of others, which spare
/// `protocol kernel`, leave it alone.
///
/// The rules at the first priority select packets by ports; there are few of them, since every packet
/// meets them. Services are routes in a table, which holds only addresses that are local: no rule can ask
/// whether an address is. Rules that name an address come later, and only packets with the right ports get
/// there.
struct PolicyRoutingPlan {
  /// Who made our rules (`RTPROT_*`; the kernel gives these numbers no meaning).
  enum Maker {
    static let kernel: UInt8 = 2

    /// All routes, and the rules that select by more than a protocol, or by nothing.
    static let engine: UInt8 = 204

    /// Rules for the packets of a protocol that no earlier rule selects by its ports.
    static let engineRest: UInt8 = 205

    static let own: Set<UInt8> = [engine, engineRest]
  }

  enum Table {
    /// Leads local addresses of services to the device.
    static let services: UInt32 = 20_406

    /// Leads everything there.
    static let all: UInt32 = 20_407

    static let own = [services, all]
  }

  /// Priorities, from that of the first rule on.
  private enum Offset {
    /// Rules by ports.
    static let ports: UInt32 = 0

    /// What passes those, and is not local, goes on behind the last of ours.
    static let end: UInt32 = 1

    /// For packets of a protocol that no rule selected by ports: those with ports go on behind ours.
    static let rest: UInt32 = 2

    /// For packets from ports that matter: local senders go on at `servers`.
    static let senders: UInt32 = 3
    static let virtualSources: UInt32 = 4
    static let servers: UInt32 = 5
    static let local: UInt32 = 6
    static let exit: UInt32 = 7
  }

  /// How many priorities are used from the first one on.
  static let priorities: UInt32 = 8

  /// With more ports of a protocol than these, all its packets are selected.
  private static let mostPorts = 32

  /// The ports that a rule can name.
  private static let anyPort: RoutingRule.Ports = 1...65_534

  private static let icmp = TransportNumber.icmp
  private static let icmpv6 = TransportNumber.icmpv6
  private static let udp = TransportNumber.udp

  /// Encapsulating security payload, and authentication header: they go where the key exchange goes.
  private static let ipsec = [TransportNumber.esp, TransportNumber.ah]
  private static let keyExchange = WellKnownPort.keyExchange

  /// The device through which local packets come.
  private static let loopback: ByteString = "lo"

  private let family: AddressFamily
  private let device: ByteString

  /// The priority of the first rule.
  let first: UInt32

  /// The rules, in the order in which the kernel has to have those of a priority.
  private(set) var rules: [RoutingRule] = []
  private(set) var routes: Set<DeviceRoute> = []

  /// - Parameters:
  ///   - flows: Of one family.
  ///   - isLocal: Whether the address of a service is local.
  ///   - local: The priority of the rule for local addresses.
  init(
    _ flows: some Collection<InterceptedFlow>, _ family: AddressFamily, through device: ByteString,
    isLocal: (IPAddress) -> Bool, local: UInt32
  ) {
    (self.family, self.device) = (family, device)
    first = Self.first(before: local)
    let services = flows.filter { $0.end == .service }
    let virtualSources = flows.filter { $0.end == .virtualSource && isLocal($0.address) }
    let servers = flows.filter { $0.end == .server }
    add(Offset.ports, .lookUp(table: RoutingTable.local)) { $0.device = device }
    add(Offset.ports, .jump(to: first + Offset.exit)) { $0.device = device }
    select(Selection(services), Selection(servers + virtualSources))
    if first == local { addLocal(local) }
    add(Offset.end, .jump(to: first + Offset.exit))
    addSenders(Set(virtualSources.map(\.address)), Set(servers.map(\.address)))
    add(Offset.local, .lookUp(table: RoutingTable.local))
    add(Offset.exit, .nothing)
    if first != local { addLocal(local) }
    routes.insert(DeviceRoute(destination: nil, table: Table.all))
    for address in Set(services.map(\.address)) where isLocal(address) {
      routes.insert(DeviceRoute(destination: address, table: Table.services))
    }
  }

  /// The priority of the first rule, if the one for local addresses has another one: low enough to leave
  /// room for all of ours, or the same if it is too low for that.
  static func first(before local: UInt32) -> UInt32 {
    local < priorities ? local : local - priorities
  }

  /// The priorities that no other rules may have, since ours skip them.
  static func reserved(local: UInt32) -> Range<UInt32> {
    let first = first(before: local)
    return first + 1..<first + priorities
  }

  private mutating func add(
    _ offset: UInt32, _ action: RoutingRule.Action, by maker: UInt8 = Maker.engine,
    _ select: (inout RoutingRule) -> Void = { _ in }
  ) {
    var rule = RoutingRule(first + offset, maker, action)
    select(&rule)
    rules.append(rule)
  }

  private mutating func addLocal(_ priority: UInt32) {
    rules.append(RoutingRule(priority, Maker.kernel, .lookUp(table: RoutingTable.local)))
  }

  // MARK: - Ports

  /// The ports of flows by their protocols; nil where all packets of a protocol are meant.
  private struct Selection {
    private(set) var ports: [UInt8: Set<UInt16>?] = [:]
    private(set) var hasKeyExchange = false

    init(_ flows: [InterceptedFlow]) {
      var all: [UInt8: Set<UInt16>] = [:]
      for flow in flows { all[flow.transport, default: []].insert(flow.port) }
      if let ports = all[udp] { hasKeyExchange = ports.contains(0) || ports.contains(keyExchange) }
      ports = all.mapValues { ports in
        ports.count > mostPorts || ports.contains(0) || ports.contains(.max) ? nil : ports
      }
    }

    /// The ports of a protocol, in order. Empty: none of its packets are meant. Nil: all are.
    subscript(transport: UInt8) -> [UInt16]? {
      guard let entry = ports[transport] else { return [] }
      return entry?.sorted()
    }
  }

  /// Adds the rules by ports. Those of the longest prefix of what was there before stay in the kernel when
  /// others are added, so that a service of one more port moves few of them.
  private mutating func select(_ services: Selection, _ servers: Selection) {
    let transports = Set(services.ports.keys).union(servers.ports.keys).sorted()
    for transport in transports { selectPorts(transport, services[transport], servers[transport]) }
    for transport in transports { selectRest(transport, services[transport], servers[transport]) }
    var alone: [UInt8] = []
    if family == .ipv4, !services.ports.isEmpty { alone.append(Self.icmp) }
    if services.hasKeyExchange { alone += Self.ipsec }
    for transport in alone {
      add(Offset.ports, .lookUp(table: Table.services), by: Maker.engineRest) {
        $0.transport = transport
      }
    }
    guard !servers.ports.isEmpty else { return }
    let messages = family == .ipv4 ? Self.icmp : Self.icmpv6
    // Of IPv6 that is neighbours finding each other, too; an `ICMPErrorListener` gets the errors.
    add(Offset.ports, .lookUp(table: RoutingTable.local), by: Maker.engineRest) {
      $0.transport = messages
    }
    for transport in [messages] + (servers.hasKeyExchange ? Self.ipsec : []) {
      add(Offset.ports, .jump(to: first + Offset.senders), by: Maker.engineRest) {
        $0.transport = transport
      }
    }
  }

  /// Selects packets to services and from servers by their ports, and keeps the other packets with ports
  /// from the rules for the rest.
  private mutating func selectPorts(
    _ transport: UInt8, _ services: [UInt16]?, _ servers: [UInt16]?
  ) {
    for port in services ?? [] {
      add(Offset.ports, .lookUp(table: Table.services)) {
        ($0.transport, $0.destinationPorts) = (transport, port...port)
      }
    }
    for port in servers ?? [] {
      add(Offset.ports, .jump(to: first + Offset.senders)) {
        ($0.transport, $0.sourcePorts) = (transport, port...port)
      }
    }
    guard services != nil else { return }
    let action: RoutingRule.Action =
      servers == nil ? .jump(to: first + Offset.senders) : .lookUp(table: RoutingTable.local)
    add(Offset.ports, action) { ($0.transport, $0.destinationPorts) = (transport, Self.anyPort) }
  }

  /// Selects what has no ports because it is a fragment, or everything if ports cannot be told apart.
  private mutating func selectRest(
    _ transport: UInt8, _ services: [UInt16]?, _ servers: [UInt16]?
  ) {
    if services != [] {
      add(Offset.ports, .lookUp(table: Table.services), by: Maker.engineRest) {
        $0.transport = transport
      }
    }
    guard servers != [] else { return }
    let target = servers == nil ? Offset.senders : Offset.rest
    add(Offset.ports, .jump(to: first + target), by: Maker.engineRest) { $0.transport = transport }
    if servers != nil {
      add(Offset.rest, .jump(to: first + Offset.exit)) {
        ($0.transport, $0.sourcePorts) = (transport, Self.anyPort)
      }
    }
  }

  // MARK: - Addresses

  private mutating func addSenders(_ virtualSources: Set<IPAddress>, _ servers: Set<IPAddress>) {
    for offset in [Offset.rest, Offset.senders, Offset.servers] { add(offset, .nothing) }
    // The kernel drops what comes from its own address, unless accept_local is set (IPv4). It looks for a
    // route to that address, as if from the device to which the packet goes: if that is ours, it finds
    // the local one and not the one to our device.
    if family == .ipv4, !virtualSources.isEmpty {
      add(Offset.senders, .jump(to: first + Offset.servers)) { $0.device = Self.loopback }
      for address in virtualSources {
        add(Offset.virtualSources, .lookUp(table: Table.all)) { $0.source = address }
      }
    }
    for address in servers {
      add(Offset.servers, .lookUp(table: Table.all)) { $0.source = address }
    }
  }
}
