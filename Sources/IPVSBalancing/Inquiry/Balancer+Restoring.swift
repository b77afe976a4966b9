// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSPackets
public import IPVSText

// A balancer from a listing of another one, to be asked what the other would do. Services and servers are
// added as usual; here is what only a listing tells.

/// A connection or a persistence template as a listing shows it (`/proc/net/ip_vs_conn`).
public struct ListedFlow: Hashable, Sendable {
  /// The number of the transport protocol; 0 for the template of a service by mark.
  public var transport: UInt8

  /// The family of the client's and the virtual address.
  public var family: AddressFamily

  /// The client's address; an IPv4 address is in the low 32 bits. Of a template, the part that it is for.
  public var client: UInt128

  /// The client's port in host order; 0 for a template.
  public var clientPort: UInt16

  /// The virtual address; the mark for the template of a service by mark.
  public var virtual: UInt128

  /// The virtual port in host order.
  public var virtualPort: UInt16

  /// The server's end, as the connection has it.
  public var server: ServerKey

  /// The name of the state, such as `ESTABLISHED`.
  public var state: ByteString

  /// Whether it is a template.
  public var isTemplate: Bool

  /// A connection or template of these values.
  public init(
    transport: UInt8, family: AddressFamily, client: UInt128, clientPort: UInt16, virtual: UInt128,
    virtualPort: UInt16, server: ServerKey, state: ByteString, isTemplate: Bool
  ) {
    self.transport = transport
    self.family = family
    self.client = client
    self.clientPort = clientPort
    self.virtual = virtual
    self.virtualPort = virtualPort
    self.server = server
    self.state = state
    self.isTemplate = isTemplate
  }
}

extension Balancer {
  /// Gives a server the connections that a listing shows. A server with as many as its upper threshold
  /// counts as overloaded.
  public mutating func restoreCounts(
    of server: ServerKey, in service: ServiceKey, active: UInt32, inactive: UInt32,
    templates: UInt32
  ) {
    guard let owner = index(of: service), let index = index(of: server, in: owner) else { return }
    servers[index].activeConnections = active
    servers[index].inactiveConnections = inactive
    servers[index].persistentConnections = templates
    servers[index].isOverloaded = servers[index].occupancy(settings) == .full
  }

  /// Adds a connection or a template of a listing, after the templates that it may belong to. The counts of
  /// its server stay. Where no service has the server any more, it is that of a deleted one.
  ///
  /// A connection that is there already stays.
  public mutating func restore(_ flow: ListedFlow) {
    let key = ConnectionKey(
      client: flow.client, other: flow.virtual, clientPort: flow.clientPort,
      otherPort: flow.virtualPort, transport: flow.transport, isIPv6: flow.family == .ipv6,
      kind: flow.isTemplate ? .template : .request)
    guard connections.find(key) == nil else { return }
    let owner = owners(of: flow).first
    let destination = owner?.server ?? insertDeleted(flow.server)
    var connection = makeConnection(
      key, destination, port: flow.server.port,
      HookContext(mark: 0, hook: .localIn, checksum: .complete, lengthOnWire: 0, now: now))
    connection.state = Self.stateNumber(flow)
    if let owner, !flow.isTemplate { connection.parent = parent(of: flow, owner) }
    let parent = connection.parent
    guard connections.insert(connection) != nil, let parent else { return }
    connections[parent].children += 1
  }

  /// A server that no service has.
  private mutating func insertDeleted(_ key: ServerKey) -> Candidates.Index {
    var record = ServerRecord(key, ServerSettings())
    record.isAvailable = false
    return servers.insert(record)
  }

  private static func stateNumber(_ flow: ListedFlow) -> UInt8 {
    if flow.isTemplate { return flow.state == "ASSURED" ? 1 : 0 }
    func number<State: ConnectionState>(_ type: State.Type) -> UInt8 {
      let states = State.allCases
      return states.first { flow.state == ByteString(stringLiteral: $0.name) }?.rawValue ?? 0
    }
    return switch flow.transport {
    case TransportNumber.tcp: number(TCPState.self)
    case TransportNumber.sctp: number(SCTPState.self)
    default: 0
    }
  }

  /// A service that may have scheduled a flow, and the record of the flow's server there.
  typealias Owner = (service: Slab<ServiceRecord>.Index, server: Candidates.Index)

  /// The services that may have scheduled a flow and have its server. A listing does not name the service, and
  /// of a server that a template leads to for all ports only the address.
  func owners(of flow: ListedFlow) -> [Owner] {
    var owners: [Owner] = []
    for service in possibleServices(of: flow) {
      for server in services[service].servers where mayBe(server, in: service, of: flow) {
        owners.append((service, server))
      }
    }
    return owners
  }

  private func possibleServices(of flow: ListedFlow) -> [Slab<ServiceRecord>.Index] {
    if flow.isTemplate, flow.transport == 0 {
      let mark = flow.family == .ipv4 ? flow.virtual : flow.virtual >> 96
      return index(of: ServiceKey(flow.family, mark: UInt32(truncatingIfNeeded: mark))).map { [$0] }
        ?? []
    }
    var found: [Slab<ServiceRecord>.Index] = []
    for port in [flow.virtualPort, Self.ftpPort, 0] {
      let key = ServiceKey(
        flow.family, transport: UInt16(flow.transport), address: flow.virtual, port: port)
      if let index = index(of: key), !found.contains(index) { found.append(index) }
    }
    guard !flow.isTemplate else { return found }
    var slot = 0
    while let index = services.next(from: slot) {
      let key = services[index].key
      if key.mark != 0, key.family == flow.family { found.append(index) }
      slot = Int(index.value) + 1
    }
    return found
  }

  /// Whether a flow may be that of a server of a service, which may have become persistent, or not so any more,
  /// since.
  private func mayBe(
    _ server: Candidates.Index, in service: Slab<ServiceRecord>.Index, of flow: ListedFlow
  ) -> Bool {
    let key = servers[server].key
    guard key.family == flow.server.family, key.address == flow.server.address else { return false }
    if flow.isTemplate { return flow.server.port == 0 || flow.server.port == key.port }
    return [true, false].contains { isPersistent in
      services[service].key.port(at: key, for: flow.virtualPort, isPersistent: isPersistent)
        == flow.server.port
    }
  }

  private func parent(of flow: ListedFlow, _ owner: Owner) -> Connection.Index? {
    guard services[owner.service].settings.isPersistent else { return nil }
    let asked = Flow(
      family: flow.family, source: flow.client, sourcePort: flow.clientPort,
      destination: flow.virtual, destinationPort: flow.virtualPort)
    return connections.find(templateKey(asked, flow.transport, owner.service))
      .flatMap { connections[$0].destination == owner.server ? $0 : nil }
  }
}
