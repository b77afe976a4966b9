// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets
internal import IPVSText

// What a balancer would do with the packet that begins a connection (TCP SYN, SCTP INIT, or a UDP datagram):
// questions that change nothing, in the order in which packets meet them. A listing does not tell all that
// decides, so the answers say what it leaves open.

/// What becomes of a packet whose addresses and ports belong to a connection already.
public enum ConnectionFate: Hashable, Sendable {
  /// No connection has them.
  case none

  /// The packet goes where the connection goes.
  case kept(ConnectionReport)

  /// The connection is given up, and the packet begins another one.
  case renewed(ConnectionReport, Renewal)

  /// The connection's server is deleted: the packet begins another connection (`expire_nodest_conn`).
  case orphanRenewed(ConnectionReport)

  /// The connection's server is deleted: the packet is dropped.
  case orphanDropped(ConnectionReport)

  /// Several services may have the connection, and what becomes of the packet depends on which.
  case unclear(ConnectionReport)
}

/// A connection or a template as answers name it.
public struct ConnectionReport: Hashable, Sendable {
  /// The server's end, with the port that the connection has there.
  public let end: ServerKey

  /// The server among those of its service.
  public let server: ServerKey

  /// The service; nil where the server is deleted.
  public let service: ServiceKey?
}

/// Which server a client is bound to.
public enum TemplateFate: Hashable, Sendable {
  /// The service is not persistent.
  case notPersistent

  /// A persistence engine decides, by what is inside the packet.
  case decidedByEngine

  /// The client is not bound.
  case none

  /// The client is bound to a server, which the packet goes to.
  case bound(ConnectionReport)

  /// The client is bound to one of several servers of an address, or as `mayBeUnusable` says not any more.
  case unclear([ConnectionReport], mayBeUnusable: Bool)

  /// The client's template is not used any more: its server is deleted, or quiesced, and
  /// `expire_quiescent_template` is set.
  case unusable(ConnectionReport)
}

/// What is done with a packet that a service takes and no server does (ip_vs_core.c, `ip_vs_leave`).
public enum LeftPacket: Hashable, Sendable {
  /// It goes on to its own destination, unless that is the director (`cache_bypass`).
  case bypassed

  /// The director's own stack gets it: it may belong to another program.
  case passed

  /// The client gets ICMP port unreachable.
  case refused
}

extension Balancer {
  /// Whether clients' packets are balanced: not while a backup daemon runs and `backup_only` is set.
  public var takesRequests: Bool { !isBackupOnly }

  /// What becomes of a packet that begins a connection, by the connections that there are.
  ///
  /// - Parameter mark: That of the packet.
  public func fate(of flow: Flow, _ transport: UInt8, mark: UInt32) -> ConnectionFate {
    guard let index = connections.find(flow.requestKey(transport)) else { return .none }
    let report = report(of: index)
    if isUnclear(index, flow, transport, mark) { return .unclear(report) }
    if transport != TransportNumber.udp, let renewal = renewal(of: index) {
      return .renewed(report, renewal)
    }
    if let destination = connections[index].destination, !servers[destination].isAvailable {
      return settings.expireNodestConn == 0 ? .orphanDropped(report) : .orphanRenewed(report)
    }
    return .kept(report)
  }

  /// Whether a client is a masqueraded server whose packets are refused where they belong to no connection
  /// (`nat_icmp_send`).
  public func isStray(_ flow: Flow, _ transport: UInt8) -> Bool {
    let key = ServerKey(flow.family, address: flow.source, port: flow.sourcePort)
    return settings.natIcmpSend != 0
      && masqueradedServers.contains(key, transport: UInt16(transport))
  }

  /// The service that takes a packet, and the rule by which it does; nil where none does.
  public func service(
    taking flow: Flow, _ transport: UInt8, mark: UInt32
  ) -> (key: ServiceKey, rule: LookUpRule)? {
    lookUp(
      family: flow.family, mark: mark, transport: transport, address: flow.destination,
      port: flow.destinationPort
    ).map { (services[$0.service].key, $0.rule) }
  }

  /// Whether packets from a port begin no connection, as those of the data connections of active FTP.
  public static func isNeverScheduled(clientPort: UInt16) -> Bool { clientPort == ftpDataPort }

  /// Which server a client is bound to at a service.
  public func template(
    for flow: Flow, _ transport: UInt8, of service: ServiceKey
  ) -> TemplateFate {
    guard let owner = index(of: service), services[owner].settings.isPersistent else {
      return .notPersistent
    }
    guard !services[owner].settings.usesEngine else { return .decidedByEngine }
    guard let index = connections.find(templateKey(flow, transport, owner)) else { return .none }
    let found = report(of: index)
    guard let destination = connections[index].destination, servers[destination].isAvailable else {
      return .unusable(found)
    }
    let owners = owners(of: ListedFlow(connections[index]))
    let usable = owners.filter {
      settings.expireQuiescentTemplate == 0 || servers[$0.server].weight != 0
    }
    guard !usable.isEmpty else { return .unusable(found) }
    var reports: [ConnectionReport] = []
    for owner in usable {
      let server = servers[owner.server].key
      let port = service.port(at: server, for: flow.virtual.port, isPersistent: true)
      let report = ConnectionReport(
        end: ServerKey(server.family, address: server.address, port: port), server: server,
        service: services[owner.service].key)
      if !reports.contains(where: { $0.end == report.end }) { reports.append(report) }
    }
    guard reports.count > 1 || usable.count < owners.count else { return .bound(reports[0]) }
    return .unclear(reports, mayBeUnusable: usable.count < owners.count)
  }

  /// Whether a connection may belong to several services, or servers, of which not all lead to the same.
  private func isUnclear(
    _ index: Connection.Index, _ flow: Flow, _ transport: UInt8, _ mark: UInt32
  ) -> Bool {
    let owners = owners(of: ListedFlow(connections[index]))
    guard let first = owners.first else { return false }
    let taking = lookUp(
      family: flow.family, mark: mark, transport: transport, address: flow.destination,
      port: flow.destinationPort)
    // The service that takes the packet has had the server, or the connection is of another one.
    if let taking, !owners.contains(where: { $0.service == taking.service }) { return true }
    guard settings.expireNodestConn != 0, transport != TransportNumber.udp else { return false }
    let isQuiesced = servers[first.server].weight == 0
    return owners.contains { (servers[$0.server].weight == 0) != isQuiesced }
  }

  /// What is done with a packet that no server of its service takes.
  public func left(_ flow: Flow, by service: ServiceKey) -> LeftPacket {
    if settings.cacheBypass != 0, service.mark != 0 { return .bypassed }
    guard let owner = index(of: service) else { return .passed }
    return isOfOthers(flow.virtual.port, owner) ? .passed : .refused
  }

  private func report(of index: Connection.Index) -> ConnectionReport {
    let connection = connections[index]
    let end = ServerKey(
      connection.serverFamily, address: connection.server, port: connection.serverPort)
    guard let destination = connection.destination else {
      return ConnectionReport(end: end, server: end, service: nil)
    }
    return ConnectionReport(
      end: end, server: servers[destination].key,
      service: servers[destination].owner.map { services[$0].key })
  }
}

extension ListedFlow {
  /// A connection as a listing shows it, without its state.
  fileprivate init(_ connection: Connection) {
    self.init(
      transport: connection.transport, family: connection.family, client: connection.client,
      clientPort: connection.clientPort, virtual: connection.virtual,
      virtualPort: connection.virtualPort,
      server: ServerKey(
        connection.serverFamily, address: connection.server, port: connection.serverPort),
      state: "", isTemplate: connection.isTemplate)
  }
}
