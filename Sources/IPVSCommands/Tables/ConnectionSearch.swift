// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSClient
internal import IPVSListing
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// What the list of connections says of a real server that its counters do not.
struct ServerConnections {
  /// Flows of datagrams. IPVS counts them as inactive, together with connections that have ended.
  var flows: UInt32 = 0

  /// Connections that IPVS does not count as active and that have not ended: one end has closed and waits
  /// for what the other still sends, or the connection is being opened.
  var unfinished: UInt32 = 0

  /// When the last persistence template ends, in seconds.
  var templatesEnd: UInt64?
}

/// Looks through all connections of a director.
struct ConnectionSearch {
  private let session: Session

  private static let chunkLength = 64 << 10

  /// States in which a connection has not ended, as the kernel names them, of those that may count as
  /// inactive.
  private static let unfinishedStates: [StaticString] = [
    "LISTEN", "CLOSE_WAIT", "SYN_RECV", "SYN_SENT", "SYNACK", "INIT", "INIT1", "COOKIE",
    "COOKIE_WAIT", "COOKIE_SENT", "COOKIE_REPLIED", "COOKIE_ECHOED", "SHUTDOWN_SENT",
    "SHUTDOWN_RECEIVED",
  ]

  init(_ session: Session) {
    self.session = session
  }

  /// What the connections of servers are.
  ///
  /// - Parameter services: All services of the table: the list does not say which one a connection
  ///   belongs to, and a service by mark has those that no other service can have.
  /// - Returns: Nil where the list cannot be read.
  func connections(
    of servers: [ServerIdentity], among services: Set<ServiceIdentity>
  ) -> [ServerIdentity: ServerConnections]? {
    var found: [ServerIdentity: ServerConnections] = [:]
    let isRead = forEachRow { row, text in
      let isTemplate = row.isTemplate(in: text)
      for server in servers where server.endpoint.address == row.server.address {
        let port = server.endpoint.port
        // A template may be for all ports of a server.
        guard port == row.server.port || port == 0 || (isTemplate && row.server.port == 0),
          row.belongs(to: server.service, among: services, in: text)
        else { continue }
        var connections = found[server] ?? ServerConnections()
        if isTemplate {
          connections.templatesEnd = max(connections.templatesEnd ?? 0, row.seconds)
        } else if text.extracting(row.transport).equals("UDP") {
          connections.flows += 1
        } else {
          let state = text.extracting(row.state)
          if Self.unfinishedStates.contains(where: { state.equals($0) }) {
            connections.unfinished += 1
          }
        }
        found[server] = connections
      }
    }
    return isRead ? found : nil
  }

  /// - Returns: Whether all rows could be read.
  private func forEachRow(_ body: (ConnectionRow, Span<UInt8>) -> Void) -> Bool {
    let isFile = session.engine == nil && session.environment.connections != nil
    var reader = ConnectionReader(hasTitles: isFile)
    func feed(_ chunk: Span<UInt8>) -> Bool {
      var nothing: Void = ()
      return
        (try? reader.feed(chunk, into: &nothing) { rows, text, _ in
          while let row = rows.next(in: text) { body(row, text) }
        }) != nil
    }
    guard isFile, let path = session.environment.connections else {
      return
        (try? session.withDirector { director throws(DirectorError) in
          try director.connections { rows in
            rows.withUnsafeBytes { feed($0.bindMemory(to: UInt8.self).span) }
          }
        }) != nil
    }
    guard let file = try? FileDescriptor(reading: path) else { return false }
    defer { file.close() }
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    while let length = try? file.read(into: &chunk) {
      if length == 0 { return true }
      guard feed(chunk.span.extracting(..<length)) else { return false }
    }
    return false
  }
}

extension ConnectionRow {
  /// Whether a connection is one of a service.
  fileprivate func belongs(
    to identity: ServiceIdentity, among services: Set<ServiceIdentity>, in text: Span<UInt8>
  ) -> Bool {
    let name = text.extracting(transport)
    let number: TransportProtocol? =
      name.equals("TCP") ? .tcp : name.equals("UDP") ? .udp : name.equals("SCTP") ? .sctp : nil
    guard let number else { return identity.isMark }
    let exact = ServiceIdentity.endpoint(number, service)
    let general = ServiceIdentity.endpoint(number, Endpoint(service.address, port: 0))
    if services.contains(exact) { return identity == exact }
    return services.contains(general) ? identity == general : identity.isMark
  }
}

extension ServiceIdentity {
  /// Whether packets belong to the service by a mark of the firewall.
  var isMark: Bool { if case .mark = self { true } else { false } }
}
