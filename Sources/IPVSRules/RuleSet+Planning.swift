// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses

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
    var phases = Phases()
    planTimeouts(of: target, &phases)
    planDaemons(of: target, &phases)
    for entry in target.entries.values { phases.add(entry, over: entries[entry.service.identity]) }
    for entry in entries.values where target.entries[entry.service.identity] == nil {
      phases.serviceDeletions.append(.deleteService(entry.service.identity))
    }
    return phases.changes(startingDaemonsLast: entries.values.contains(where: \.hasMixedFamilies))
  }

  private func planTimeouts(of target: RuleSet, _ phases: inout Phases) {
    guard let new = target.timeouts else { return }
    let zero = Timeouts(tcp: 0, tcpFin: 0, udp: 0)
    let present = timeouts ?? zero
    if present.changed(to: new) != present { phases.settings.append(.setTimeouts(new)) }
  }

  private func planDaemons(of target: RuleSet, _ phases: inout Phases) {
    guard let wanted = target.daemons else { return }
    for role in [SyncDaemon.Role.master, .backup] {
      let present = daemons?.running(role)
      let new = wanted.running(role)
      if let present, let new, new.isSame(as: present) { continue }
      if let present { phases.settings.append(.stopDaemon(role, syncID: present.syncID)) }
      if let new { phases.daemonStarts.append(.startDaemon(new)) }
    }
  }

  /// Changes by the phase of a plan in which they are carried out.
  private struct Phases {
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
