// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSRules

extension DirectorRules {
  /// Sync daemons: D55 to D59.
  static var synchronization: [Rule<DirectorFacts>] {
    [
      Rule(.syncLinkDown, .syncFragments, needs: [.daemons, .links]) { facts, report in
        for daemon in facts.daemons { findLink(of: daemon, facts, &report) }
      },
      Rule(.syncWithoutMulticast, needs: [.daemons, .links, .addresses, .routes]) {
        facts, report in
        for daemon in facts.daemons { findMulticast(of: daemon, facts, &report) }
      },
      Rule(.syncNothingTaken, needs: [.daemons, .secondLook, .syncedConnections]) {
        facts, report in
        findDeafness(facts, &report)
      },
      Rule(.syncTwins, needs: [.daemons]) { facts, report in
        findTwins(facts, &report)
      },
    ]
  }

  private static func findLink(
    of daemon: SyncDaemon, _ facts: DirectorFacts, _ report: inout Report
  ) {
    let name = daemon.interface.text
    let link = facts.host.link(named: name)
    let fault: String? =
      switch link?.flags {
      case nil: "absent"
      case let flags? where !flags.contains(.up): "down"
      case let flags? where !flags.contains(.lowerUp): "no carrier"
      default: nil
      }
    if let fault {
      report.find(
        .syncLinkDown, nil, [.daemon(daemon.role)],
        Evidence("IPVS_CMD_GET_DAEMON", "\(daemon.role) on \(name)"),
        Evidence("RTM_GETLINK \(name)", fault),
        cause: "no messages leave or come in by the link",
        remedy: fault == "absent"
          ? "make the link, or start the daemon on another one: "
            + "'\(facts.host.program) --stop-daemon \(daemon.role)', then '\(facts.host.program) "
            + "--start-daemon \(daemon.role) --mcast-interface NAME --syncid \(daemon.syncID)'"
          : facts.host.command("ip link set \(name) up")
            + (fault == "down" ? "" : ", and see its cable or its other end"))
    }
    guard let link, let longest = daemon.maximumLength else { return }
    let headers = daemon.multicastGroup.family == .ipv4 ? 28 : 48
    guard Int(longest) + headers > Int(link.mtu) else { return }
    report.find(
      .syncFragments, nil, [.daemon(daemon.role)],
      Evidence("IPVS_CMD_GET_DAEMON", "messages of up to \(longest) bytes"),
      Evidence("RTM_GETLINK \(name) mtu", "\(link.mtu)"),
      cause: "with their headers of \(headers) bytes the messages do not fit a packet",
      remedy:
        "start the daemon with --sync-maxlen \(max(Int(link.mtu) - headers, 1)) or less, and those of "
        + "the other directors, too")
  }

  private static func findMulticast(
    of daemon: SyncDaemon, _ facts: DirectorFacts, _ report: inout Report
  ) {
    guard let link = facts.host.link(named: daemon.interface.text) else { return }
    let group = daemon.multicastGroup
    func find(_ evidence: Evidence, _ cause: String, _ remedy: String) {
      report.find(
        .syncWithoutMulticast, nil, [.daemon(daemon.role)],
        Evidence("IPVS_CMD_GET_DAEMON", "\(daemon.role) on \(link.name), group \(group)"), evidence,
        cause: cause, remedy: remedy)
    }
    if !link.flags.contains(.multicast) {
      find(
        Evidence("RTM_GETLINK \(link.name)", "no MULTICAST"), "the link does not carry multicast",
        facts.host.command("ip link set \(link.name) multicast on"))
      return
    }
    if group.family == .ipv6,
      !facts.host.addresses.contains(where: {
        $0.link == link.index && $0.address.kind == .linkLocal
      })
    {
      find(
        Evidence("RTM_GETADDR \(link.name)", "no address of fe80::/10"),
        "messages to an IPv6 group need an address of the link itself as their source",
        "let the kernel make one: "
          + facts.host.command("sysctl -w net.ipv6.conf.\(link.name).addr_gen_mode=0"))
      return
    }
    guard link.flags.contains(.up), let answer = facts.host.routes[daemon.route(on: link)],
      answer.route == nil
    else { return }
    find(
      Evidence("RTM_GETROUTE \(group) by \(link.name)", facts.host.words(for: answer)),
      "there is no way to the group by the link; the kernel may send all the same",
      facts.host.command("ip route add multicast \(group) dev \(link.name)"))
  }

  private static func findDeafness(_ facts: DirectorFacts, _ report: inout Report) {
    guard let backup = facts.daemons.first(where: { $0.role == .backup }),
      facts.syncedConnections == 0, let rise = facts.host.rise(of: "IpExt.InMcastPkts"), rise > 0
    else { return }
    report.find(
      .syncNothingTaken, nil, [.daemon(.backup)],
      Evidence("/proc/net/ip_vs_conn_sync", "no connection of Origin SYNC"),
      Evidence("/proc/net/netstat InMcastPkts", "\(rise) more in this time"),
      Evidence("IPVS_CMD_GET_DAEMON", "\(backup)"),
      cause:
        "the master sends with another ID than \(backup.syncID), with another port or group, or in "
        + "another version; or what comes in is other multicast",
      remedy:
        "compare with '\(facts.host.program) -L --daemon' at the master; a backup with --syncid 0 takes "
        + "all")
  }

  private static func findTwins(_ facts: DirectorFacts, _ report: inout Report) {
    guard facts.hasDaemon(.master), facts.hasDaemon(.backup) else { return }
    let differ = Set(facts.daemons.map(\.syncID)).count > 1
    report.find(
      .syncTwins, nil, [.daemon(.master), .daemon(.backup)],
      Evidence("IPVS_CMD_GET_DAEMON", facts.daemons.map { "\($0)" }.joined(separator: "; ")),
      cause: differ
        ? "the two have different IDs: the director does not take what another one of the master's ID sends"
        : "the director sends its connections and takes those of others",
      remedy: "nothing, if that is meant")
  }
}
