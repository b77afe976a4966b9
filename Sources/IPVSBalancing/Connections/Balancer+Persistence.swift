internal import IPVSAddresses
internal import IPVSPackets

// Templates keep a client with its server (ip_vs_core.c, `ip_vs_sched_persist`).

extension Balancer {
  /// The port of a template that nothing is to be found by any more.
  private static let disabledPort: UInt16 = 0xffff

  /// - Parameter callID: What the persistence engine of the service found in the packet; empty for
  ///   nothing.
  mutating func schedulePersistently(
    _ flow: Flow, _ transport: UInt8, for service: Slab<ServiceRecord>.Index,
    _ callID: RawSpan, _ context: HookContext
  ) -> Scheduled {
    let asked = flow.virtual.port
    let key = templateKey(flow, transport, service)
    guard !callID.isEmpty || !services[service].settings.usesEngine else {
      return .failed(.persistenceEngine)
    }
    var template = callID.isEmpty ? connections.find(key) : connections.find(key, callID)
    if let found = template, !isUsable(found) {
      disable(found)
      template = nil
    }
    if template == nil {
      guard let destination = pick(flow, for: service, at: context.now) else { return .noServer }
      template = makeTemplate(
        key, callID, destination, timeout: services[service].settings.timeout,
        // A template that stands for all ports names none of the server.
        port: asked == services[service].key.port && asked != Self.ftpPort
          ? servers[destination].key.port : 0, context)
    }
    guard let template, let destination = connections[template].destination else {
      return .failed(.tableFull)
    }
    var port = asked
    let own = servers[destination].key.port
    if asked == services[service].key.port, own != 0 { port = own }
    let connection = makeConnection(flow.requestKey(transport), destination, port: port, context)
    let result = admit(connection, of: service, parent: template)
    connections.restart(template, at: context.now)
    return result
  }

  /// What a client's template is found by: how much of its address, and for which ports and protocols
  /// it stands.
  private func templateKey(
    _ flow: Flow, _ transport: UInt8, _ service: Slab<ServiceRecord>.Index
  ) -> ConnectionKey {
    let key = services[service].key
    let (address, asked) = flow.virtual
    let isMark = key.mark != 0
    var other = address
    var port: UInt16 = 0
    var protocolNumber = transport
    if asked == key.port {
      port = key.port == Self.ftpPort ? 0 : asked
    } else if isMark {
      protocolNumber = 0
      other = flow.family == .ipv4 ? UInt128(key.mark) : UInt128(key.mark) << 96
    }
    return ConnectionKey(
      client: Self.network(of: flow.client.address, services[service]), other: other,
      clientPort: 0, otherPort: port, transport: protocolNumber, isIPv6: flow.family == .ipv6,
      kind: .template)
  }

  /// The part of a client's address that persistence goes by.
  private static func network(of client: UInt128, _ service: ServiceRecord) -> UInt128 {
    let netmask = service.settings.netmask
    if service.key.family == .ipv4 { return client & UInt128(netmask) }
    return netmask >= 128 ? client : client & ~(UInt128.max >> UInt128(netmask))
  }

  private func isUsable(_ template: Connection.Index) -> Bool {
    guard let destination = connections[template].destination else { return false }
    return servers[destination].isAvailable
      && (settings.expireQuiescentTemplate == 0 || servers[destination].weight != 0)
  }

  /// Leaves a template to its end: no new connection finds it.
  private mutating func disable(_ template: Connection.Index) {
    connections.hide(template)
    connections[template].virtualPort = Self.disabledPort
    connections[template].serverPort = Self.disabledPort
  }

  /// Nil: the table is full.
  private mutating func makeTemplate(
    _ key: ConnectionKey, _ callID: RawSpan, _ destination: Candidates.Index, timeout: UInt32,
    port: UInt16, _ context: HookContext
  ) -> Connection.Index? {
    guard connections.count < Int(settings.connMax) else { return nil }
    var template = makeConnection(key, destination, port: port, context)
    template.timeout = timeout
    template.deadline = context.now.advanced(byTicks: UInt64(timeout))
    guard let index = connections.insert(template, callID) else { return nil }
    servers[destination].bindTemplate(settings)
    return index
  }
}
