// SPDX-License-Identifier: Apache-2.0

/// Everything that a director is set to, with its counters: the table, the timeouts, and the daemons.
public struct Picture: Sendable {
  /// The services with their servers.
  public var table: Snapshot

  /// The timeouts of connections.
  public var timeouts: Timeouts

  /// The sync daemons that run.
  public var daemons: [SyncDaemon]

  /// Makes a picture of its parts.
  public init(table: Snapshot, timeouts: Timeouts, daemons: [SyncDaemon]) {
    self.table = table
    self.timeouts = timeouts
    self.daemons = daemons
  }

  /// The rules without the counters.
  public var rules: RuleSet { RuleSet(table, timeouts: timeouts, daemons: daemons) }

  /// What two readings of a table differ in; counters and connections do not count, the order of servers does.
  public enum Difference: Hashable, Sendable {
    /// The services, their order, or their settings.
    case services

    /// The servers of a service.
    case servers(of: ServiceIdentity)

    /// The timeouts or the daemons.
    case settings

    /// Anything: an engine only counts the changes.
    case rules
  }
}

extension Picture.Difference: CustomStringConvertible {
  public var description: String {
    switch self {
    case .services: "the services"
    case .servers(of: let identity): "the servers of \(identity)"
    case .settings: "the timeouts or the daemons"
    case .rules: "the rules"
    }
  }
}
