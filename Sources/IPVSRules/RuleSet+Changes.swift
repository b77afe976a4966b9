// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

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
