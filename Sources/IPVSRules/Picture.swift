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

  /// What two pictures differ in; counters and connections do not count, the order of servers does.
  public enum Difference: Hashable, Sendable {
    /// The services, their order, or their settings.
    case services

    /// The servers of a service.
    case servers(of: ServiceIdentity)

    /// The timeouts or the daemons.
    case settings
  }

  /// The first difference from another picture of the same director; nil where they show the same rules.
  public func difference(from other: Picture) -> Difference? {
    let (mine, others) = (table.services, other.table.services)
    guard mine.count == others.count, timeouts == other.timeouts, daemons == other.daemons else {
      return mine.count == others.count ? .settings : .services
    }
    for (left, right) in zip(mine, others) where left.service != right.service { return .services }
    for (left, right) in zip(mine, others) {
      let isEqual =
        left.servers.count == right.servers.count
        && zip(left.servers, right.servers).allSatisfy { $0.server == $1.server }
      if !isEqual { return .servers(of: left.service.identity) }
    }
    return nil
  }
}

extension Picture.Difference: CustomStringConvertible {
  public var description: String {
    switch self {
    case .services: "the services"
    case .servers(of: let identity): "the servers of \(identity)"
    case .settings: "the timeouts or the daemons"
    }
  }
}
