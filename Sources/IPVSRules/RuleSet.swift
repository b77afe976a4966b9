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

  fileprivate struct Entry: Keyed, Equatable, Sendable {
    var service: VirtualService
    var servers = OrderedTable<RealServer>()

    var key: ServiceIdentity { service.identity }
  }

  private var entries = OrderedTable<Entry>()

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

// MARK: - Carrying out changes

/// Why a change cannot be made to a rule set.
public enum RuleConflict: Error, Hashable, Sendable {
  /// A service that is to be added is there.
  case serviceExists(ServiceIdentity)

  /// There is no service of this identity.
  case noService(ServiceIdentity)

  /// A server that is to be added is there.
  case serverExists(Endpoint, of: ServiceIdentity)

  /// The service has no server at this endpoint.
  case noServer(Endpoint, of: ServiceIdentity)

  /// A daemon that is to be started runs.
  case daemonRuns(SyncDaemon.Role)

  /// No daemon of this role runs.
  case noDaemon(SyncDaemon.Role)
}

extension RuleConflict: CustomStringConvertible {
  /// The object, and what is wrong with it.
  public var description: String {
    switch self {
    case .serviceExists(let identity): "service \(identity) exists already"
    case .noService(let identity): "there is no service \(identity)"
    case .serverExists(let endpoint, of: let identity):
      "service \(identity) has server \(endpoint) already"
    case .noServer(let endpoint, of: let identity): "service \(identity) has no server \(endpoint)"
    case .daemonRuns(let role): "a \(role) daemon runs already"
    case .noDaemon(let role): "no \(role) daemon runs"
    }
  }
}

extension RuleSet {
  /// The rule set after `changes`, which are carried out in their order as a director does.
  ///
  /// - Throws: the first change that a director would refuse for what is, or is not, in its table.
  public func applying(_ changes: [Change]) throws(RuleConflict) -> RuleSet {
    var result = self
    for change in changes { try result.apply(change) }
    return result
  }

  /// Carries one change out as a director does.
  ///
  /// - Throws: why a director would refuse it for what is, or is not, in its table; the rule set is
  ///   unchanged then.
  public mutating func apply(_ change: Change) throws(RuleConflict) {
    switch change {
    case .addService(let service):
      guard entries[service.identity] == nil else { throw .serviceExists(service.identity) }
      entries[service.identity] = Entry(service: service)
    case .editService(let service):
      try modify(service.identity) { entry throws(RuleConflict) in entry.service = service }
    case .deleteService(let identity):
      try checkPresence(of: identity)
      entries[identity] = nil
    case .addServer(let server, to: let identity):
      try modify(identity) { entry throws(RuleConflict) in
        guard entry.servers[server.endpoint] == nil else {
          throw .serverExists(server.endpoint, of: identity)
        }
        entry.servers[server.endpoint] = server
      }
    case .editServer(let server, of: let identity):
      try modify(server.endpoint, of: identity) { $0 = server }
    case .deleteServer(let endpoint, of: let identity):
      try modify(endpoint, of: identity) { $0 = nil }
    case .flush: entries = OrderedTable()
    case .zero(let identity): if let identity { try checkPresence(of: identity) }
    case .setTimeouts(let new): timeouts = timeouts?.changed(to: new) ?? new
    case .startDaemon(let daemon):
      let running = daemons ?? []
      guard running.running(daemon.role) == nil else { throw .daemonRuns(daemon.role) }
      daemons = running + [daemon]
    case .stopDaemon(let role, _):
      guard daemons == nil || daemons?.running(role) != nil else { throw .noDaemon(role) }
      daemons?.removeAll { $0.role == role }
    }
  }

  private func checkPresence(of identity: ServiceIdentity) throws(RuleConflict) {
    guard entries[identity] != nil else { throw .noService(identity) }
  }

  private mutating func modify(
    _ identity: ServiceIdentity, _ body: (inout Entry) throws(RuleConflict) -> Void
  ) throws(RuleConflict) {
    guard try entries.modify(identity, body) != nil else { throw .noService(identity) }
  }

  private mutating func modify(
    _ endpoint: Endpoint, of identity: ServiceIdentity, _ body: (inout RealServer?) -> Void
  ) throws(RuleConflict) {
    try modify(identity) { entry throws(RuleConflict) in
      guard entry.servers[endpoint] != nil else { throw .noServer(endpoint, of: identity) }
      body(&entry.servers[endpoint])
    }
  }
}

extension [SyncDaemon] {
  fileprivate func running(_ role: SyncDaemon.Role) -> SyncDaemon? { first { $0.role == role } }
}

// MARK: - Planning changes

extension RuleSet {
  /// The changes that make this rule set equal to `target`, in the order in which they must be carried
  /// out. A rule that means the same in both is not touched.
  ///
  /// Whatever a director may refuse precedes whatever loses counters or connections: daemons that
  /// change are stopped and timeouts set; services are added and edited; servers are added and edited,
  /// those without weight last; daemons are started; servers are deleted, and then services. So a
  /// service that has a usable server before and after has one all the time.
  ///
  /// - Parameter target: rules; timeouts and daemons that it does not name are left alone.
  public func changes(to target: RuleSet) -> [Change] {
    var plan = Plan()
    planTimeouts(of: target, &plan)
    planDaemons(of: target, &plan)
    for entry in target.entries.values { plan.add(entry, over: entries[entry.service.identity]) }
    for entry in entries.values where target.entries[entry.service.identity] == nil {
      plan.serviceDeletions.append(.deleteService(entry.service.identity))
    }
    return plan.changes(startingDaemonsLast: entries.values.contains(where: \.hasMixedFamilies))
  }

  private func planTimeouts(of target: RuleSet, _ plan: inout Plan) {
    guard let new = target.timeouts else { return }
    let zero = Timeouts(tcp: 0, tcpFin: 0, udp: 0)
    let present = timeouts ?? zero
    if present.changed(to: new) != present { plan.settings.append(.setTimeouts(new)) }
  }

  private func planDaemons(of target: RuleSet, _ plan: inout Plan) {
    guard let wanted = target.daemons else { return }
    for role in [SyncDaemon.Role.master, .backup] {
      let present = daemons?.running(role)
      let new = wanted.running(role)
      if let present, let new, new.isSame(as: present) { continue }
      if let present { plan.settings.append(.stopDaemon(role, syncID: present.syncID)) }
      if let new { plan.daemonStarts.append(.startDaemon(new)) }
    }
  }

  /// Changes by the phase of a plan in which they are carried out.
  private struct Plan {
    var settings: [Change] = []
    var services: [Change] = []
    var servers: [Change] = []

    /// Edits that leave a server without weight: after those that give another server some.
    var quiescences: [Change] = []
    var daemonStarts: [Change] = []
    var serverDeletions: [Change] = []
    var serviceDeletions: [Change] = []

    /// Adds what makes `entry` of the service that is there, if there is one.
    mutating func add(_ entry: Entry, over present: Entry?) {
      let service = entry.service
      guard let present else {
        services.append(.addService(service))
        for server in entry.servers.values {
          servers.append(.addServer(server, to: service.identity))
        }
        return
      }
      if !service.isSame(as: present.service) { services.append(.editService(service)) }
      for server in entry.servers.values {
        let old = present.servers[server.endpoint]
        if old == nil {
          servers.append(.addServer(server, to: service.identity))
        } else if let old, !server.isSame(as: old) {
          let edit = Change.editServer(server, of: service.identity)
          if server.weight == .quiesced { quiescences.append(edit) } else { servers.append(edit) }
        }
      }
      for server in present.servers.values where entry.servers[server.endpoint] == nil {
        serverDeletions.append(.deleteServer(server.endpoint, of: service.identity))
      }
    }

    /// - Parameter startingDaemonsLast: whether servers are there that keep a daemon from starting.
    func changes(startingDaemonsLast: Bool) -> [Change] {
      let deletions = serverDeletions + serviceDeletions
      return settings + services + servers + quiescences
        + (startingDaemonsLast ? deletions + daemonStarts : daemonStarts + deletions)
    }
  }
}

extension RuleSet.Entry {
  /// Whether a server is of another family than the service. The kernel starts no sync daemon then.
  fileprivate var hasMixedFamilies: Bool {
    servers.values.contains { $0.endpoint.address.family != service.identity.family }
  }
}

extension RealServer: Keyed {
  var key: Endpoint { endpoint }
}
