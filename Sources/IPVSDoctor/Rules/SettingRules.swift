// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSListing
internal import IPVSRules

extension DirectorRules {
  /// Conntrack and the settings of IPVS: D40 and D45 to D53.
  static var settings: [Rule<DirectorFacts>] {
    [
      Rule(.conntrackFull, needs: [.settings, .conntrack]) { facts, report in
        findFullConntrack(facts, &report)
      },
      Rule(.reuseDelay, needs: [.table, .vsSettings]) { facts, report in
        findReuseDelay(facts, &report)
      },
      Rule(
        .deadServerKeepsDatagrams, needs: [.table, .vsSettings, .connections]
      ) { facts, report in
        findOrphans(facts, &report)
      },
      Rule(.quiescedServerKeepsClients, needs: [.table, .vsSettings]) { facts, report in
        for listed in facts.services { findBoundClients(listed, facts, &report) }
      },
      Rule(.defenceOn, .countersFrozen, .unusualSettings, needs: [.table, .vsSettings]) {
        facts, report in
        findDefence(facts, &report)
        findUnusualSettings(facts, &report)
      },
      Rule(.idleConnectionsCut, needs: [.table, .timeouts, .settings]) { facts, report in
        findShortTimeout(facts, &report)
      },
      Rule(.persistenceMask, needs: [.table]) { facts, report in
        for listed in facts.services { findPersistence(listed.service, facts, &report) }
      },
      Rule(.settingUnknown, needs: [.table, .vsSettings]) { facts, report in
        findMissingSettings(facts, &report)
      },
    ]
  }

  private static let folder = "net/ipv4/vs"

  private static func findFullConntrack(_ facts: DirectorFacts, _ report: inout Report) {
    let names = (count: "net/netfilter/nf_conntrack_count", most: "net/netfilter/nf_conntrack_max")
    guard let count = facts.host.number(names.count), let most = facts.host.number(names.most),
      most > 0
    else { return }
    let drops = facts.host.rise(of: "nf_conntrack.drop") ?? 0
    guard count / 4 >= most / 5 || drops > 0 else { return }
    let share = Double(count) / Double(most)
    guard share >= 0.8 || drops > 0 else { return }
    let isFull = share >= 0.95 || drops > 0
    var finding = Finding(
      .conntrackFull, isFull ? .error : .warning, [.setting(names.most)],
      [.setting(names.count, "\(count)"), .setting(names.most, "\(most)")],
      cause: isFull
        ? "the first packet of a connection that does not fit the table is dropped"
        : "the table is nearly full, and the first packet of a connection that does not fit is dropped",
      remedy: [
        facts.host.command(
          "sysctl -w net.netfilter.nf_conntrack_max=\(max(most, count).multiplied(by: 4))"),
        "or no tracking of packets to the virtual addresses (notrack in the chain of raw prerouting), "
          + "where net.ipv4.vs.conntrack is 0",
      ])
    if drops > 0 {
      finding.evidence.append(
        Evidence("/proc/net/stat/nf_conntrack drop", "\(drops) more in this time"))
    }
    report.find(finding)
  }

  private static func findReuseDelay(_ facts: DirectorFacts, _ report: inout Report) {
    let mode = facts.host.number("\(folder)/conn_reuse_mode") ?? 0
    guard !facts.host.kernel.isAtLeast(5, 9), facts.host.number("\(folder)/conntrack") == 1,
      mode != 0
    else { return }
    report.find(
      .reuseDelay, nil, [], Evidence("uname -r", facts.host.kernel.release),
      .setting("\(folder)/conntrack", "1"), .setting("\(folder)/conn_reuse_mode", "\(mode)"),
      cause:
        "before Linux 5.9 the first SYN of a client that uses a port again is dropped, and its "
        + "repetition comes a second later",
      remedy: facts.host.setting("\(folder)/conntrack", to: 0)
        + ", unless rules of the firewall need it; or a newer kernel")
  }

  private static func findOrphans(_ facts: DirectorFacts, _ report: inout Report) {
    let setting = "\(folder)/expire_nodest_conn"
    guard facts.host.number(setting) == 0, let connections = facts.connections.last else { return }
    let remedy = facts.host.setting(setting, to: 1)
    if let orphan = connections.firstOrphan {
      report.find(
        .deadServerKeepsDatagrams, nil, [.service(.endpoint(.udp, orphan.service))],
        .setting(setting, "0"),
        Evidence(
          "/proc/net/ip_vs_conn",
          "\(connections.orphanedFlows) flows, such as \(orphan.client) to \(orphan.server)"),
        cause:
          "the server of the flow is in no service any more, and the packets are dropped for as long as "
          + "the client sends; with the remedy connections of TCP to a deleted server are cut, too",
        remedy: remedy)
      return
    }
    let services = facts.services.filter { listed in
      if case .endpoint(.udp, _) = listed.service.identity { true } else { false }
    }
    guard !services.isEmpty else { return }
    report.find(
      .deadServerKeepsDatagrams, .note, services.map { .service($0.service.identity) },
      .setting(setting, "0"),
      cause:
        "when a server is deleted, datagrams of its clients are dropped for as long as they send",
      remedy: remedy)
  }

  private static func findBoundClients(
    _ listed: ListedService, _ facts: DirectorFacts, _ report: inout Report
  ) {
    let setting = "\(folder)/expire_quiescent_template"
    guard listed.service.persistence != nil, facts.host.number(setting) == 0 else { return }
    let identity = listed.service.identity
    for server in listed.servers where server.server.weight == .quiesced {
      let count = server.persistentConnections
      report.find(
        .quiescedServerKeepsClients, count > 0 ? .warning : .note,
        [.server(server.server.endpoint, of: identity)], .setting(setting, "0"),
        Evidence(
          "IPVS_CMD_GET_DEST \(server.server.endpoint)", "weight 0, \(count) templates"),
        cause:
          "clients that persistence has bound to a server come back to it, whatever its weight is",
        remedy: facts.host.setting(setting, to: 1))
    }
  }

  private static func findDefence(_ facts: DirectorFacts, _ report: inout Report) {
    for name in ["drop_packet", "drop_entry", "secure_tcp"] {
      let setting = "\(folder)/\(name)"
      guard let value = facts.host.number(setting), value > 1 else { continue }
      let isAlways = value == 3
      report.find(
        .defenceOn, isAlways && name == "secure_tcp" ? .note : .warning,
        [.setting(setting)], .setting(setting, "\(value)"),
        cause: isAlways
          ? "the defence is always on"
            + (name == "drop_packet" ? ": one of am_droprate new connections is dropped" : "")
          : "there is less memory than amemthresh, and the defence is on",
        remedy: facts.host.setting(setting, to: isAlways ? 1 : 0)
          + (isAlways ? "" : ", or more memory, or a smaller net.ipv4.vs.amemthresh"))
    }
    let estimation = "\(folder)/run_estimation"
    guard facts.host.number(estimation) == 0 else { return }
    report.find(
      .countersFrozen, nil, [.setting(estimation)], .setting(estimation, "0"),
      cause: "the kernel does not bring counters and rates up to date",
      remedy: facts.host.setting(estimation, to: 1))
  }

  private static func findUnusualSettings(_ facts: DirectorFacts, _ report: inout Report) {
    var unusual = ["schedule_icmp", "ignore_tunneled"]
    if !facts.hasDaemon(.backup) { unusual += ["sloppy_tcp", "sloppy_sctp"] }
    for name in unusual.map({ "\(folder)/\($0)" }) where facts.host.number(name) == 1 {
      report.find(
        .unusualSettings, nil, [.setting(name)], .setting(name, "1"),
        cause: "the usual value is 0",
        remedy: facts.host.setting(name, to: 0) + ", unless it is meant")
    }
  }

  private static func findShortTimeout(_ facts: DirectorFacts, _ report: inout Report) {
    guard let timeout = facts.timeouts?.tcp,
      let keepalive = facts.host.number("net/ipv4/tcp_keepalive_time"), Int(timeout) < keepalive,
      facts.services.contains(where: { $0.service.identity.carriesStreams })
    else { return }
    report.find(
      .idleConnectionsCut, nil, [], Evidence("IPVS_CMD_GET_CONFIG tcp", "\(timeout) s"),
      .setting("net/ipv4/tcp_keepalive_time", "\(keepalive)"),
      cause:
        "a connection that is idle for \(timeout) s is forgotten; one end must send keepalive more "
        + "often than that, and the usual time is \(keepalive) s",
      remedy:
        "'\(facts.host.program) --set \(keepalive.adding(300)) 0 0', or more frequent keepalive")
  }

  /// A day, in seconds.
  private static let longPersistence: UInt32 = 86400

  private static func findPersistence(
    _ service: VirtualService, _ facts: DirectorFacts, _ report: inout Report
  ) {
    guard let timeout = service.persistence else { return }
    let object = FindingObject.service(service.identity)
    if service.netmask == .ipv4(IPv4Address(0)) {
      report.find(
        .persistenceMask, .warning, [object],
        Evidence("IPVS_CMD_GET_SERVICE", "netmask \(service.netmask)"),
        cause: "all clients are taken for one, and come to one server",
        remedy:
          "'\(facts.host.program) -E \(service.identity.typed) -M 255.255.255.255 --keep-rest'")
    }
    if timeout > longPersistence {
      report.find(
        .persistenceMask, .note, [object],
        Evidence("IPVS_CMD_GET_SERVICE", "persistent for \(timeout) s"),
        cause: "clients stay with their server for more than a day",
        remedy:
          "'\(facts.host.program) -E \(service.identity.typed) -p 3600 --keep-rest', unless it is meant"
      )
    }
  }

  /// The release in which each setting came that a rule asks for.
  private static let settingsSince: [(name: String, release: [Int])] = [
    ("backup_only", [3, 9]), ("conn_reuse_mode", [4, 1]), ("schedule_icmp", [4, 3]),
    ("ignore_tunneled", [4, 3]), ("run_estimation", [6, 1]),
  ]

  private static func findMissingSettings(_ facts: DirectorFacts, _ report: inout Report) {
    for (name, release) in settingsSince
    where facts.host.settings["\(folder)/\(name)"] == nil
      && facts.host.kernel.isAtLeast(release[0], release[1])
    {
      report.find(
        .settingUnknown, nil, [.setting("\(folder)/\(name)")],
        Evidence("/proc/sys/\(folder)/\(name)", "not there"),
        cause:
          "Linux has it since \(release[0]).\(release[1]); this kernel or this namespace does not",
        remedy: "nothing; what hangs on it is not checked")
    }
  }
}

extension Int {
  /// The product, or the largest number.
  fileprivate func multiplied(by factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  /// The sum, or the largest number.
  fileprivate func adding(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
