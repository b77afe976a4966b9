// SPDX-License-Identifier: Apache-2.0

package import IPVSClient
package import IPVSGrammar
package import IPVSHost
internal import IPVSRules
package import IPVSSockets

/// Looks at a director or a real server, changes nothing, and says what is wrong.
package struct Doctor {
  /// Where the table is asked for.
  package var peer: NetlinkPeer

  /// What is looked for.
  package var request: DoctorRequest

  /// Where the connections are read from; nil for the usual place.
  package var connections: ConnectionSource?

  /// Where the host tells about itself.
  package var files = HostFiles()

  /// What answers for the host: the kernel in the network namespace of this thread, but in tests.
  package var hostPeer = NetlinkPeer.kernel

  /// How this program is called so that it asks the same table.
  package var program = "ipvsadm"

  /// What precedes a command so that it works in the network namespace that is examined.
  package var entering = ""

  /// Makes a doctor; nothing is looked at yet.
  ///
  /// - Parameters:
  ///   - peer: Where the table is asked for.
  ///   - request: What is looked for.
  package init(peer: NetlinkPeer, request: DoctorRequest) {
    self.peer = peer
    self.request = request
  }

  /// Looks, and takes two and a half seconds where there are two looks.
  ///
  /// - Returns: What is found, and the error for which the table could not be read.
  package func diagnose() -> (Diagnosis, DirectorError?) {
    if let server = request.realServer { return (diagnose(server), nil) }
    var examination = DirectorExamination(self)
    examination.run()
    return (Diagnosis(of: examination.facts), examination.facts.failure)
  }

  private func diagnose(_ server: RealServerRequest) -> Diagnosis {
    let facts = RealServerExamination(self).facts(of: server)
    var diagnosis = Diagnosis(
      head: Diagnosis.Head(
        namespace: facts.host.namespace, kernel: facts.host.kernel.release))
    var report = Report()
    report.apply(RealServerRules.all, to: facts)
    diagnosis.take(report, RealServerRules.suppressions)
    return diagnosis
  }
}

extension Diagnosis {
  /// What the rules find in the facts of a director.
  package init(of facts: DirectorFacts) {
    let isRead = facts.failure == nil && facts.kernel != nil
    self.init(
      head: Head(
        source: facts.isEngine ? "engine" : "kernel", namespace: facts.host.namespace,
        kernel: facts.host.kernel.release,
        services: isRead ? facts.services.count : nil,
        servers: isRead ? facts.services.reduce(0) { $0 + $1.servers.count } : nil,
        connections: facts.connections.first?.count))
    isTableRead = isRead
    var report = Report()
    report.apply(DirectorRules.all, to: facts)
    take(report, DirectorRules.suppressions)
    if !has(.warning), facts.hasUnansweredConnections {
      closing =
        "connections wait for an answer, and nothing that can be seen from here is wrong: look at the "
        + "ways beyond the director, at ARP caches of other hosts, at filters of a provider, and at the "
        + "servers themselves ('\(facts.host.program) --doctor --real-server' there)"
    }
  }
}

extension DirectorFacts {
  /// Whether connections of a server are half-open in both looks, and none of it is established.
  fileprivate var hasUnansweredConnections: Bool {
    guard connections.count > 1, let first = connections.first, let last = connections.last else {
      return false
    }
    return last.servers.contains { key, tally in
      tally.opening >= 2 && tally.established == 0 && (first.servers[key]?.opening ?? 0) >= 2
    }
  }
}
