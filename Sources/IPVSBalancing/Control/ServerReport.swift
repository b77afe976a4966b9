/// A real server as it is listed.
public struct ServerReport: Hashable, Sendable {
  public let key: ServerKey
  public let settings: ServerSettings
  public let activeConnections: UInt32
  public let inactiveConnections: UInt32

  /// Persistence templates.
  public let persistentConnections: UInt32

  public let statistics: TrafficReport

  fileprivate init(_ record: borrowing ServerRecord, _ statistics: TrafficReport) {
    key = record.key
    settings = record.settings
    activeConnections = record.activeConnections
    inactiveConnections = record.inactiveConnections
    persistentConnections = record.persistentConnections
    self.statistics = statistics
  }
}

extension Balancer {
  /// Calls `body` with each server of a service, the last added first. Where it returns false the
  /// listing stops, and goes on with the same position in a later call. Nothing is listed where there
  /// is no such service.
  ///
  /// As in the kernel's dumps, a position counts from the head of the list: a server that is added
  /// while a listing is under way makes it list one twice, and one that is deleted may hide one.
  ///
  /// - Returns: whether all servers are listed.
  public borrowing func forEachServer(
    of key: ServiceKey, from position: inout Int, _ body: (ServerReport) -> Bool
  ) -> Bool {
    guard let service = place(of: key) else { return true }
    while position < services[service].servers.count {
      let server = services[service].servers[position]
      let statistics = serverTraffic.report(server.value)
      guard body(ServerReport(servers[server], statistics)) else { return false }
      position += 1
    }
    return true
  }
}
