// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
internal import IPVSRules
internal import IPVSText

/// What the list of connections says of a real server that its counters do not.
public struct ServerConnections: Hashable, Sendable {
  /// Flows of datagrams. IPVS counts them as inactive, together with connections that have ended.
  public var flows: UInt32 = 0

  /// Connections that IPVS does not count as active and that have not ended: one end has closed and waits
  /// for what the other still sends, or the connection is being opened.
  public var unfinished: UInt32 = 0

  /// When the last persistence template ends, in seconds; nil where there is none.
  public var templatesEnd: UInt64?

  /// No connections.
  public init() {}

  /// States in which a connection has not ended, as the kernel names them, of those that may count as
  /// inactive.
  private static let unfinishedStates = Set<ConnectionStateName>([
    .listen, .closeWait, .synReceived, .synSent, .synAck, .initiated, .init1, .cookie, .cookieWait,
    .cookieSent, .cookieReplied, .cookieEchoed, .shutdownSent, .shutdownReceived,
  ])

  fileprivate mutating func count(_ row: ConnectionRow, in text: Span<UInt8>) {
    if row.isTemplate(in: text) {
      templatesEnd = max(templatesEnd ?? 0, row.seconds)
    } else if text.extracting(row.transport).equals("UDP") {
      flows += 1
    } else {
      let name = text.word(row.state)
      if let state = ConnectionStateName(anyCase: name), Self.unfinishedStates.contains(state) {
        unfinished += 1
      }
    }
  }
}

extension Director {
  /// Searches all connections for those of some servers.
  ///
  /// - Parameters:
  ///   - servers: The servers; in the result there are those that have connections.
  ///   - services: The services of the table, by which it is told whose a connection is.
  mutating func connections(
    of servers: [ServerIdentity], among services: ConnectionServices
  ) throws(ConnectionsError) -> [ServerIdentity: ServerConnections] {
    var found: [ServerIdentity: ServerConnections] = [:]
    try forEachConnectionRow { row, text in
      for server in servers where server.endpoint.address == row.server.address {
        let port = server.endpoint.port
        // A template may be for all ports of a server.
        guard
          port == row.server.port || port == 0
            || (row.server.port == 0 && row.isTemplate(in: text)),
          services.candidates(for: row, in: text).contains(where: {
            $0.identity == server.service
          })
        else { continue }
        found[server, default: ServerConnections()].count(row, in: text)
      }
    }
    return found
  }
}
