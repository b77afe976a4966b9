// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSPackets

// Persistence: templates bind clients to servers (ip_vs_core.c, `ip_vs_sched_persist`).

extension Balancer {
  /// The port of a template that no packet finds any more.
  static let disabledPort: UInt16 = 0xffff

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
        // A template for all ports has no port of the server.
        port: asked == services[service].key.port && asked != Self.ftpPort
          ? servers[destination].key.port : 0, context)
    }
    guard let template, let destination = connections[template].destination else {
      return .failed(.tableFull)
    }
    let port = services[service].key.port(
      at: servers[destination].key, for: asked, isPersistent: true)
    let connection = makeConnection(flow.requestKey(transport), destination, port: port, context)
    let result = admit(connection, of: service, parent: template)
    connections.restart(template, at: context.now)
    return result
  }

  /// The key of a client's template: the part of the client's address, and the ports and protocols for which
  /// the template is valid.
  func templateKey(
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
      other = Self.templateAddress(ofMark: key.mark, flow.family)
    }
    return ConnectionKey(
      client: services[service].settings.network(of: flow.client.address, key.family), other: other,
      clientPort: 0, otherPort: port, transport: protocolNumber, isIPv6: flow.family == .ipv6,
      kind: .template)
  }

  /// What stands for the virtual address in the templates of a service by mark.
  public static func templateAddress(ofMark mark: UInt32, _ family: AddressFamily) -> UInt128 {
    family == .ipv4 ? UInt128(mark) : UInt128(mark) << 96
  }

  func isUsable(_ template: Connection.Index) -> Bool {
    guard let destination = connections[template].destination else { return false }
    return servers[destination].isAvailable
      && (settings.expireQuiescentTemplate == 0 || servers[destination].weight != 0)
  }

  /// Hides a template from new connections; it stays until it expires.
  private mutating func disable(_ template: Connection.Index) {
    connections.hide(template)
    if settings.hidesVirtualPorts { connections[template].virtualPort = Self.disabledPort }
    connections[template].serverPort = Self.disabledPort
  }

  /// - Returns: The template's index; nil if the table is full.
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
