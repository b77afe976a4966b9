// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers
internal import IPVSPackets

/// The result of an attempt to begin a connection.
enum Scheduled {
  case connection(Connection.Index)

  /// A connection of one packet, which is in no table. The caller releases it after the packet.
  case onePacket(Connection)

  /// The packet begins no connection; the director's own stack gets it.
  case ignored

  /// No server takes it.
  case noServer
  case failed(DropReason)
}

// The scheduling of new connections (ip_vs_core.c, `ip_vs_schedule`).

extension Balancer {
  /// Begins a connection for a service.
  ///
  /// - Parameter callID: What the persistence engine of the service found in the packet; empty for
  ///   nothing.
  mutating func schedule(
    _ flow: Flow, _ transport: UInt8, for service: Slab<ServiceRecord>.Index, _ callID: RawSpan,
    _ context: HookContext
  ) -> Scheduled {
    guard flow.client.port != Self.ftpDataPort else { return .ignored }
    let settings = services[service].settings
    if settings.isPersistent {
      return schedulePersistently(flow, transport, for: service, callID, context)
    }
    let serviceKey = services[service].key
    guard serviceKey.schedules(port: flow.virtual.port),
      let destination = pick(flow, for: service, at: context.now)
    else { return .noServer }
    let port = serviceKey.port(
      at: servers[destination].key, for: flow.virtual.port, isPersistent: false)
    let connection = makeConnection(flow.requestKey(transport), destination, port: port, context)
    return admit(connection, of: service, parent: nil)
  }

  /// A connection of a server, not yet in the table.
  func makeConnection(
    _ key: ConnectionKey, _ destination: Candidates.Index, port: UInt16, _ context: HookContext
  ) -> Connection {
    let server = servers[destination]
    var flags = Connection.Flags(
      rawValue: UInt16(server.settings.forwarding & ForwardingNumber.mask))
    if !flags.isEmpty { flags.insert(.lacksOutput) }
    if server.key.family == .ipv6 { flags.insert(.serverIsIPv6) }
    return Connection(
      key, server: server.key.address, serverPort: port, flags: flags, destination: destination,
      timeout: Self.beginning, at: context.now)
  }

  /// The timeout of a connection in ticks until its first packet sets another.
  static var beginning: UInt32 { 3 * UInt32(Instant.ticksPerSecond) }

  /// Puts a connection into the table, unless it ends with its first packet, and counts it.
  mutating func admit(
    _ connection: Connection, of service: Slab<ServiceRecord>.Index, parent: Connection.Index?
  ) -> Scheduled {
    guard connections.count < Int(settings.connMax) else { return .failed(.tableFull) }
    var connection = connection
    connection.parent = parent
    let result: Scheduled
    if services[service].settings.isOnePacket, connection.transport == TransportNumber.udp {
      // The template cannot expire before such a connection ends, which therefore is not counted.
      connection.flags.insert(.isOnePacket)
      result = .onePacket(connection)
    } else {
      guard let index = connections.insert(connection) else {
        return .failed(.tableFull)
      }
      if let parent { connections[parent].children += 1 }
      result = .connection(index)
    }
    bind(connection)
    if let destination = connection.destination { countConnection(destination) }
    return result
  }

  func bind(_ connection: Connection) {
    guard let destination = connection.destination else { return }
    servers.base[Int(destination.value)].bindConnection(settings)
  }

  /// Undoes `bind`.
  mutating func release(_ connection: Connection) {
    guard let destination = connection.destination else { return }
    if connection.isTemplate {
      servers[destination].unbindTemplate(settings)
    } else {
      servers[destination].unbindConnection(
        wasActive: !connection.flags.contains(.isInactive), settings)
    }
  }

  /// The verdict for a packet of a service without an eligible server (ip_vs_core.c, `ip_vs_leave`).
  mutating func leave(
    _ service: Slab<ServiceRecord>.Index, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    let key = services[service].key
    if settings.cacheBypass != 0, key.mark != 0,
      let route = routes.route(to: header.destination, header.family), !route.isLocal,
      route.isUnicast
    {
      return beginBypass(service, &packet, &header, context, routes)
    }
    return isOfOthers(header.destinationPort, service) ? .pass : .refuse(.portUnreachable)
  }

  /// Whether a packet was taken for one of an FTP data connection by its port alone, and may belong to
  /// another program.
  func isOfOthers(_ port: UInt16, _ service: Slab<ServiceRecord>.Index) -> Bool {
    services[service].key.port == Self.ftpPort && port != Self.ftpPort
  }

  /// Begins a connection to the original destination (`cache_bypass`).
  private mutating func beginBypass(
    _ service: Slab<ServiceRecord>.Index, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    // Without `lacksOutput`: the states are those of both directions.
    var flags = Connection.Flags(rawValue: 4)
    if header.family == .ipv6 { flags.insert(.serverIsIPv6) }
    let connection = Connection(
      header.key(.request), server: 0, serverPort: 0, flags: flags, destination: nil,
      timeout: Self.beginning, at: context.now)
    return begin(
      admit(connection, of: service, parent: nil), of: service, &packet, &header, context, routes)
  }
}

extension Flow {
  /// The requested address and port.
  var virtual: (address: UInt128, port: UInt16) {
    isInverse ? (source, sourcePort) : (destination, destinationPort)
  }

  /// The key of the connection that it begins.
  func requestKey(_ transport: UInt8) -> ConnectionKey {
    ConnectionKey(
      client: client.address, other: virtual.address, clientPort: client.port,
      otherPort: virtual.port, transport: transport, isIPv6: family == .ipv6, kind: .request)
  }
}
