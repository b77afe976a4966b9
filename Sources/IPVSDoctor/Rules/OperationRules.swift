// SPDX-License-Identifier: Apache-2.0

internal import IPVSHost
internal import IPVSRules

extension DirectorRules {
  /// Operation: D60 to D64.
  static var operation: [Rule<DirectorFacts>] {
    [
      Rule(.severalHands, needs: [.processes]) { facts, report in
        findHands(facts, &report)
      },
      Rule(.savedRulesDiffer, needs: [.table, .savedRules]) { facts, report in
        for saved in facts.savedRules { compare(saved, facts, &report) }
      },
      Rule(.connectionTableSmall, needs: [.table, .connections]) { facts, report in
        findSmallTable(facts, &report)
      },
      Rule(.estimatorsMany, needs: [.table]) { facts, report in
        findManyEstimators(facts, &report)
      },
      Rule(.largeReceiveOffload, needs: [.links, .settings]) { facts, report in
        for name in facts.host.mergingLinks
        where facts.host.largest("forwarding", "\(name)") == 1 {
          report.find(
            .largeReceiveOffload, nil, [.link(name)],
            Evidence("ETHTOOL_MSG_FEATURES_GET \(name)", "rx-lro on"),
            cause:
              "packets that were merged are larger than the next link takes, and cannot be taken apart",
            remedy: facts.host.command("ethtool -K \(name) lro off"))
        }
      },
    ]
  }

  private static func findHands(_ facts: DirectorFacts, _ report: inout Report) {
    let hands = facts.hands
    guard !hands.isEmpty else { return }
    let processes = facts.host.processes.filter { $0.hand.map(hands.contains) ?? false }
    report.find(
      .severalHands, hands.count > 1 ? .warning : .note, hands.map { .named(.program, $0) },
      Evidence(
        "/proc", processes.prefix(5).map { "\($0.name) (\($0.number))" }.joined(separator: ", ")),
      cause: hands.count > 1
        ? "each of them makes the table as it wants it"
        : "\(hands[0]) makes the table as it wants it, and undoes changes that are made here",
      remedy: hands.count > 1
        ? "let one of them alone change the table of this network namespace"
        : "change its configuration instead of the table")
  }

  private static func compare(
    _ saved: SavedRules, _ facts: DirectorFacts, _ report: inout Report
  ) {
    if let fault = saved.fault {
      report.find(
        .savedRulesDiffer, saved.isWanted ? .error : .warning, [.named(.file, saved.path)],
        Evidence(saved.path, fault),
        cause:
          "not all of the file can be restored: it has a fault, or names of hosts or services, which "
          + "may not be known at boot",
        remedy:
          "'\(facts.host.program) --check \(saved.path)' tells each fault; 'ipvsadm -S -n --full' "
          + "prints rules without names")
      return
    }
    // A package may have put a file with nothing but comments there.
    guard !saved.isWanted, !saved.rules.services.isEmpty, let kernel = facts.kernel else { return }
    let table = RuleSet(
      Snapshot(kernel: kernel, services: facts.services),
      timeouts: facts.timeouts ?? Timeouts(tcp: 0, tcpFin: 0, udp: 0), daemons: facts.daemons)
    let changes = Plan(from: table, to: saved.rules, keeping: .weights).changes
    guard !changes.isEmpty else { return }
    let deletions = changes.count { change in
      switch change {
      case .deleteServer, .deleteService: true
      default: false
      }
    }
    report.find(
      .savedRulesDiffer, nil, [.named(.file, saved.path)],
      Evidence(
        saved.path, "\(changes.count - deletions) to add or change, \(deletions) to delete"),
      cause: "after the next boot the table is another one than now",
      remedy: "'\(facts.host.program) --diff \(saved.path)' shows the differences")
  }

  /// The most connections in a bucket before the search for one takes noticeably longer.
  private static let longestBucket = 4

  private static func findSmallTable(_ facts: DirectorFacts, _ report: inout Report) {
    // Since Linux 7.2 the table grows with the connections.
    guard !facts.isEngine, !facts.host.kernel.isAtLeast(7, 2), let kernel = facts.kernel,
      let count = facts.connections.map(\.count).max(), kernel.connectionTableSize > 0,
      count / longestBucket > Int(kernel.connectionTableSize)
    else { return }
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    report.find(
      .connectionTableSmall, nil, [.named(.module, "ip_vs")],
      Evidence("/proc/net/ip_vs_conn", "\(count) connections"),
      Evidence("IPVS_CMD_GET_INFO", "\(kernel.connectionTableSize) buckets"),
      cause:
        "there are more than \(longestBucket) connections in a bucket, and all of them are compared",
      remedy:
        "options ip_vs conn_tab_bits=\(bits) in a file of /etc/modprobe.d, and load the module anew"
    )
  }

  /// Services and servers of which the counters are brought up to date at once.
  private static let manyEstimators = 20_000

  private static func findManyEstimators(_ facts: DirectorFacts, _ report: inout Report) {
    let count = facts.services.reduce(0) { $0 + 1 + $1.servers.count }
    guard !facts.isEngine, count > manyEstimators else { return }
    let isSpread = facts.host.kernel.isAtLeast(6, 2)
    report.find(
      .estimatorsMany, nil, [],
      Evidence("IPVS_CMD_GET_SERVICE, IPVS_CMD_GET_DEST", "\(count) services and servers"),
      cause: isSpread
        ? "their counters are brought up to date by threads of the kernel, which take time"
        : "before Linux 6.2 all their counters are brought up to date at once, every two seconds",
      remedy: isSpread
        ? "net.ipv4.vs.est_cpulist and net.ipv4.vs.est_nice say where and how urgently"
        : facts.host.setting("net/ipv4/vs/run_estimation", to: 0)
          + " where counters are not needed, or a newer kernel")
  }
}
