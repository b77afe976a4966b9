/// A real server as it stands in a table: with its counters.
public struct ListedServer: Hashable, Sendable {
  public var server: RealServer

  /// Connections in a state in which data flows (TCP ESTABLISHED and the states before it).
  public var activeConnections: UInt32

  /// All other connections.
  public var inactiveConnections: UInt32

  /// Persistence templates.
  public var persistentConnections: UInt32

  public var statistics: Statistics

  public init(
    _ server: RealServer, activeConnections: UInt32 = 0, inactiveConnections: UInt32 = 0,
    persistentConnections: UInt32 = 0, statistics: Statistics = Statistics()
  ) {
    self.server = server
    self.activeConnections = activeConnections
    self.inactiveConnections = inactiveConnections
    self.persistentConnections = persistentConnections
    self.statistics = statistics
  }
}
