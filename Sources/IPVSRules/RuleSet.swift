// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The rules of a director without counters: services with their servers, and, where they are part of
/// it, timeouts and sync daemons.
///
/// Two rule sets are equal if they have the same rules in whatever order. `changes(to:)` is the plan
/// for going from one to the other; for going back, ask for it the other way round.
public struct RuleSet: Sendable {
  /// A service with its servers.
  public struct Service: Hashable, Sendable {
    /// The settings of the service.
    public var service: VirtualService

    /// The servers, in the order in which they are added.
    public var servers: [RealServer]

    /// Makes a service with servers.
    public init(_ service: VirtualService, servers: [RealServer] = []) {
      self.service = service
      self.servers = servers
    }
  }

  struct Entry: Keyed, Equatable, Sendable {
    var service: VirtualService
    var servers = OrderedTable<RealServer>()

    var key: ServiceIdentity { service.identity }
  }

  var entries = OrderedTable<Entry>()

  /// The timeouts; nil where the rule set does not name them, and a plan for it leaves them alone.
  public var timeouts: Timeouts?

  /// The daemons that run, at most one of each role; nil where the rule set does not name them, and a
  /// plan for it leaves them alone.
  public var daemons: [SyncDaemon]?

  /// Makes a rule set without services.
  public init(timeouts: Timeouts? = nil, daemons: [SyncDaemon]? = nil) {
    self.timeouts = timeouts
    self.daemons = daemons
  }

  /// The rules of a table that was read.
  public init(
    _ snapshot: Snapshot, timeouts: Timeouts? = nil, daemons: [SyncDaemon]? = nil
  ) {
    self.init(timeouts: timeouts, daemons: daemons)
    entries.reserveCapacity(snapshot.services.count)
    for listed in snapshot.services {
      var entry = Entry(service: listed.service)
      entry.servers.reserveCapacity(listed.servers.count)
      // The kernel lists the last one added first.
      for server in listed.servers.reversed() {
        entry.servers[server.server.endpoint] = server.server
      }
      entries[entry.key] = entry
    }
  }

  /// The services, in the order in which they were added.
  public var services: [Service] {
    entries.values.map { Service($0.service, servers: Array($0.servers.values)) }
  }

  /// The service of an identity; nil where there is none.
  public subscript(identity: ServiceIdentity) -> Service? {
    entries[identity].map { Service($0.service, servers: Array($0.servers.values)) }
  }

  /// Adds a service with its servers; replaces the one with the same identity if there is one. Of
  /// several servers with the same endpoint the last one counts.
  public mutating func set(_ service: Service) {
    var entry = Entry(service: service.service)
    for server in service.servers { entry.servers[server.endpoint] = server }
    entries[service.service.identity] = entry
  }

  /// The server of a service at an endpoint; nil where there is none.
  public func server(_ endpoint: Endpoint, of identity: ServiceIdentity) -> RealServer? {
    entries[identity]?.servers[endpoint]
  }

  /// How many services and servers there are.
  var ruleCount: Int {
    var count = 0
    for entry in entries.values { count += 1 + entry.servers.count }
    return count
  }

  /// Changes servers in place. Their endpoints must stay.
  mutating func modifyServers(_ body: (inout RealServer, ServiceIdentity) -> Void) {
    entries.modifyAll { entry in
      let identity = entry.service.identity
      entry.servers.modifyAll { body(&$0, identity) }
    }
  }

  /// Changes a server in place, if it is there. Its endpoint must stay.
  mutating func modifyServer(_ name: ServerIdentity, _ body: (inout RealServer) -> Void) {
    _ = entries.modify(name.service) { entry in entry.servers.modify(name.endpoint, body) }
  }

  /// This rule set with the timeouts and daemons of `current` where it does not name its own: what a
  /// director has after the plan from `current` to this one.
  public func completed(from current: RuleSet) -> RuleSet {
    var complete = self
    complete.timeouts = timeouts.map { current.timeouts?.changed(to: $0) ?? $0 } ?? current.timeouts
    complete.daemons = daemons ?? current.daemons
    return complete
  }
}

extension RuleSet.Service {
  /// The server at an endpoint; nil where there is none.
  public subscript(endpoint: Endpoint) -> RealServer? {
    servers.last { $0.endpoint == endpoint }
  }
}

extension RuleSet: Equatable {
  /// Whether both have the same rules, in whatever order.
  public static func == (left: RuleSet, right: RuleSet) -> Bool {
    left.entries == right.entries && left.timeouts == right.timeouts
      && left.daemons.map(Set.init) == right.daemons.map(Set.init)
  }
}

extension RealServer: Keyed {
  var key: Endpoint { endpoint }
}

extension [SyncDaemon] {
  func running(_ role: SyncDaemon.Role) -> SyncDaemon? { first { $0.role == role } }
}
