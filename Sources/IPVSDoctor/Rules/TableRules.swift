// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSListing
internal import IPVSRules

extension DirectorRules {
  /// The table alone: D05 to D09 and D16 to D19.
  static var table: [Rule<DirectorFacts>] {
    [
      Rule(.noServers, .allQuiesced, .allFull, needs: [.table]) { facts, report in
        let hands = facts.hands
        for listed in facts.services { findUnserved(listed, hands, facts, &report) }
      },
      Rule(.everyPortWithoutPersistence, needs: [.table]) { facts, report in
        for listed in facts.services {
          guard case .endpoint(_, let endpoint) = listed.service.identity, endpoint.port == 0,
            listed.service.persistence == nil
          else { continue }
          report.find(
            .everyPortWithoutPersistence, nil, [.service(listed.service.identity)],
            Evidence("IPVS_CMD_GET_SERVICE", "port 0, not persistent"),
            cause: "only persistence keeps the connections to many ports apart, and without it the "
              + "kernel schedules none",
            remedy:
              "'\(facts.host.program) -E \(listed.service.identity.typed) -p 300 --keep-rest', "
              + "or a service for each port")
        }
      },
      Rule(.slotsOfUnusableServers, needs: [.table]) { facts, report in
        for listed in facts.services { findLostSlots(listed, facts, &report) }
      },
      Rule(.backupOnly, needs: [.table, .daemons, .vsSettings]) { facts, report in
        findBackupOnly(facts, &report)
      },
      Rule(.onePacketMasquerading, needs: [.table]) { facts, report in
        for listed in facts.services { findOnePacket(listed, facts, &report) }
      },
      Rule(.portUnused, .thresholdsMeaningless, needs: [.table]) { facts, report in
        for (service, server) in facts.servers {
          findIdleSettings(server.server, service.service.identity, facts, &report)
        }
      },
    ]
  }

  // MARK: - Services that schedule nothing

  /// - Parameter others: The programs that change the table by themselves.
  private static func findUnserved(
    _ listed: ListedService, _ others: [String], _ facts: DirectorFacts, _ report: inout Report
  ) {
    let identity = listed.service.identity
    if listed.servers.isEmpty {
      report.find(
        .noServers, others.isEmpty ? .error : .warning, [.service(identity)],
        Evidence("IPVS_CMD_GET_DEST", "no servers"),
        cause: others.isEmpty
          ? "there is nothing to choose from"
          : "there is nothing to choose from; \(others[0]) may add servers when they answer",
        remedy: "'\(facts.host.program) -a \(identity.typed) -r SERVER'")
    } else if listed.servers.allSatisfy({ $0.server.weight == .quiesced }) {
      let isDraining = listed.servers.contains { $0.activeConnections > 0 }
      let bound = listed.servers.contains { $0.persistentConnections > 0 }
      let first = listed.servers[0].server.endpoint
      report.find(
        .allQuiesced, isDraining || !others.isEmpty ? .warning : .error, [.service(identity)],
        Evidence("IPVS_CMD_GET_DEST", "weight 0 of \(listed.servers.count) servers"),
        cause: "a server of weight 0 gets no new connections"
          + (bound ? "; clients that persistence has bound are served" : ""),
        remedy: "'\(facts.host.program) -e \(identity.typed) -r \(first) -w 1 --keep-rest'")
    } else {
      findFull(listed, facts, &report)
    }
  }

  private static func findFull(
    _ listed: ListedService, _ facts: DirectorFacts, _ report: inout Report
  ) {
    let identity = listed.service.identity
    let weighted = listed.servers.filter { $0.server.weight != .quiesced }
    let full = weighted.filter(\.isOverloaded)
    for server in weighted where server.mayCountAsFull && !full.contains(server) {
      report.find(
        .allFull, .note, [.server(server.server.endpoint, of: identity)],
        server.evidenceOfThreshold,
        cause: "a server that was full may count as full until it has fewer connections than its "
          + "lower threshold, \(server.lowerThreshold)",
        remedy: "nothing, unless it gets no connections")
    }
    guard let first = full.first else { return }
    report.find(
      .allFull, full.count == weighted.count ? .error : .warning,
      full.count == weighted.count
        ? [.service(identity)] : full.map { .server($0.server.endpoint, of: identity) },
      first.evidenceOfThreshold,
      cause: full.count == weighted.count
        ? "each server with weight has as many connections as its upper threshold allows; those of UDP "
          + "and those that have ended count until they expire"
        : "the server has as many connections as its upper threshold allows",
      remedy: "'\(facts.host.program) -e \(identity.typed) -r \(first.server.endpoint) -x NUMBER "
        + "--keep-rest' with a larger number, or shorter timeouts ('\(facts.host.program) --set')")
  }

  // MARK: - Schedulers that hash

  private static func findLostSlots(
    _ listed: ListedService, _ facts: DirectorFacts, _ report: inout Report
  ) {
    let scheduler = "\(listed.service.scheduler)"
    guard ["sh", "mh", "dh"].contains(scheduler) else { return }
    guard scheduler == "dh" || !listed.service.flags.contains(.fallback) else { return }
    let lost = listed.servers.filter { !$0.isUsable }
    guard let first = lost.first, lost.count < listed.servers.count else { return }
    let identity = listed.service.identity
    let program = facts.host.program
    let port = listed.service.flags.contains(.port) ? ",\(scheduler)-port" : ""
    let fallback =
      "'\(program) -E \(identity.typed) -s \(scheduler) -b \(scheduler)-fallback\(port) --keep-rest', or "
    report.find(
      .slotsOfUnusableServers, nil, lost.map { .server($0.server.endpoint, of: identity) },
      Evidence("IPVS_CMD_GET_SERVICE", "scheduler \(scheduler) without fallback"),
      Evidence(
        "IPVS_CMD_GET_DEST \(first.server.endpoint)",
        first.server.weight == .quiesced ? "weight 0" : "full"),
      cause: "clients are assigned to servers by a hash, and those of a server that takes no "
        + "connections are refused",
      remedy: (scheduler == "dh" ? "" : fallback)
        + "delete the server: '\(program) -d \(identity.typed) -r \(first.server.endpoint)'")
  }

  // MARK: - Packets that IPVS leaves alone

  private static func findBackupOnly(_ facts: DirectorFacts, _ report: inout Report) {
    guard facts.host.number("net/ipv4/vs/backup_only") == 1, facts.hasDaemon(.backup) else {
      return
    }
    // A real backup has neither the address nor new connections. The kernel brings counters up to date every
    // two seconds, and what it has in its table is not all from the master.
    let hasOwn =
      facts.gaps[.syncedConnections] == nil
      && facts.connections.last.map { $0.count > facts.syncedConnections } == true
    let isUsed = facts.services.contains { listed in
      guard hasOwn || listed.statistics.totals.connections > 0 else { return false }
      return listed.service.identity.virtualAddress.map {
        facts.host.routes[RouteQuestion($0)]?.route?.kind == .local
      } ?? true
    }
    let isSoft = !isUsed || facts.hands.contains("keepalived")
    report.find(
      .backupOnly, isSoft ? .note : .error, [.setting("net/ipv4/vs/backup_only")],
      .setting("net/ipv4/vs/backup_only", "1"), Evidence("IPVS_CMD_GET_DAEMON", "backup"),
      cause: "with this setting, a director that runs the backup daemon leaves packets to its own "
        + "programs",
      remedy: facts.host.setting("net/ipv4/vs/backup_only", to: 0),
      "'\(facts.host.program) --stop-daemon backup'")
  }

  /// Ports of protocols that go one way: syslog, SNMP traps, NetFlow, sFlow.
  private static let oneWayPorts: Set<UInt16> = [514, 162, 2055, 6343]

  private static func findOnePacket(
    _ listed: ListedService, _ facts: DirectorFacts, _ report: inout Report
  ) {
    let identity = listed.service.identity
    guard listed.service.flags.contains(.onePacket) else { return }
    var isOneWay = false
    if case .endpoint(let transport, let endpoint) = identity {
      guard transport == .udp else { return }
      isOneWay = oneWayPorts.contains(endpoint.port)
    }
    let masqueraded = listed.servers.filter { $0.server.forwarding == .masquerading }
    guard !masqueraded.isEmpty else { return }
    report.find(
      .onePacketMasquerading, isOneWay ? .warning : .error,
      masqueraded.map { .server($0.server.endpoint, of: identity) },
      Evidence("IPVS_CMD_GET_SERVICE", "one packet"),
      Evidence("IPVS_CMD_GET_DEST", "masquerading"),
      cause: "no connection is kept by which an answer could be translated back"
        + (isOneWay ? "; that is well where there are none" : ""),
      remedy:
        "direct routing or a tunnel (-g, -i), or no -o, or a rule of the firewall that translates the "
        + "source of answers")
  }

  // MARK: - Settings without effect

  private static func findIdleSettings(
    _ server: RealServer, _ identity: ServiceIdentity, _ facts: DirectorFacts,
    _ report: inout Report
  ) {
    if case .endpoint(_, let endpoint) = identity, endpoint.port != 0,
      server.forwarding == .directRouting || server.forwarding == .tunneling,
      server.endpoint.port != endpoint.port
    {
      report.find(
        .portUnused, nil, [.server(server.endpoint, of: identity)],
        Evidence("IPVS_CMD_GET_DEST", "\(server.endpoint), \(server.forwarding)"),
        cause:
          "only masquerading changes the port of packets: they arrive at port \(endpoint.port)",
        remedy: "let the server listen at port \(endpoint.port), or use masquerading")
    }
    let (upper, lower) = (server.upperThreshold, server.lowerThreshold)
    guard lower > 0, upper == 0 || lower >= upper else { return }
    report.find(
      .thresholdsMeaningless, nil, [.server(server.endpoint, of: identity)],
      Evidence("IPVS_CMD_GET_DEST", "upper threshold \(upper), lower threshold \(lower)"),
      cause: upper == 0
        ? "without an upper threshold a server is never full"
        : "a lower threshold that is not below the upper one means nothing",
      remedy: "'\(facts.host.program) -e \(identity.typed) -r \(server.endpoint) -y 0 --keep-rest'")
  }
}

extension ListedServer {
  /// The connections below which a server that was full gets new ones again.
  fileprivate var lowerThreshold: UInt64 {
    server.lowerThreshold > 0
      ? UInt64(server.lowerThreshold) : UInt64(server.upperThreshold) * 3 / 4
  }

  /// Whether it may still be held back since it was full. The kernel does not tell.
  fileprivate var mayCountAsFull: Bool {
    server.upperThreshold > 1 && connections >= lowerThreshold
      && connections < UInt64(server.upperThreshold)
  }

  fileprivate var evidenceOfThreshold: Evidence {
    Evidence(
      "IPVS_CMD_GET_DEST \(server.endpoint)",
      "\(connections) connections, upper threshold \(server.upperThreshold)")
  }
}
