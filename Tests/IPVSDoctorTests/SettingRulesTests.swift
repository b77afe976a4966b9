// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// What is wrong with settings, sync daemons, and operation (D40, D45 to D64), and what only looks
/// like it.
@Suite struct SettingRulesTests {
  @Test("D40: conntrack is full, nearly full, or drops")
  func conntrack() {
    var site = Site()
    site.set("net/netfilter/nf_conntrack_max", 100)
    for (count, found) in [
      (79, []), (80, ["warning D40"]), (94, ["warning D40"]), (95, ["error D40"]),
    ] {
      site.set("net/netfilter/nf_conntrack_count", count)
      #expect(site.found == found, "\(count)")
    }
    site.set("net/netfilter/nf_conntrack_count", 1)
    site.facts.host.counters = [["nf_conntrack.drop": 4], ["nf_conntrack.drop": 5]]
    #expect(site.found == ["error D40"])
    site.facts.host.counters[1]["nf_conntrack.drop"] = 4
    #expect(site.found == [])
    for (count, most) in [(Int.max, Int.max), (Int.max, 1), (-1, 0), (0, 0)] {
      site.set("net/netfilter/nf_conntrack_count", count)
      site.set("net/netfilter/nf_conntrack_max", most)
      #expect(site.found == (count > 0 ? ["error D40"] : []), "\(count) of \(most)")
    }
  }

  @Test("D45: ports that are used again wait before Linux 5.9, and since then do not")
  func reuse() {
    var site = Site()
    site.setVS("conntrack", 1)
    #expect(site.found == [])
    site.facts.host.kernel = RunningKernel("5.8.18")
    site.facts.host.settings["net/ipv4/vs/run_estimation"] = nil
    #expect(site.found == ["warning D45"])
    site.setVS("conn_reuse_mode", 0)
    #expect(site.found == [])
    site.setVS("conn_reuse_mode", 1)
    site.setVS("conntrack", 0)
    #expect(site.found == [])
  }

  @Test("D46: a flow whose server is gone; with the setting alone a note")
  func orphans() {
    var site = Site()
    let dns = ServiceIdentity.endpoint(.udp, .of("203.0.113.1:53"))
    site.add(dns, [.masquerading(.of("192.0.2.11:53"))])
    #expect(site.found == ["note D46"])
    site.facts.connections[1].orphanedFlows = 2
    site.facts.connections[1].firstOrphan = ConnectionFacts.Orphan(
      client: .of("198.51.100.10:5555"), server: .of("192.0.2.12:53"),
      service: .of("203.0.113.1:53"))
    #expect(site.found == ["warning D46"])
    #expect(site.diagnosis.findings[0].objects == [.service(dns)])
    site.setVS("expire_nodest_conn", 1)
    #expect(site.found == [])
  }

  @Test("D47: a quiesced server of a persistent service keeps its clients")
  func templates() {
    var site = Site()
    site.facts.services[0].service.persistence = 300
    #expect(site.found == [])
    site.edit(0) { $0.server.weight = .quiesced }
    #expect(site.found == ["note D47"])
    site.edit(0) { $0.persistentConnections = 1 }
    #expect(site.found == ["warning D47"])
    site.setVS("expire_quiescent_template", 1)
    #expect(site.found == [])
    site.setVS("expire_quiescent_template", 0)
    site.facts.services[0].service.persistence = nil
    #expect(site.found == [])
  }

  @Test(
    "D48: the defence is on",
    arguments: [
      ("drop_packet", 3, "warning D48"), ("drop_entry", 3, "warning D48"),
      ("secure_tcp", 3, "note D48"), ("secure_tcp", 2, "warning D48"),
      ("drop_entry", 2, "warning D48"), ("drop_packet", 1, nil), ("secure_tcp", 1, nil),
    ])
  func defence(_ row: (setting: String, value: Int, found: String?)) {
    var site = Site()
    site.setVS(row.setting, row.value)
    #expect(site.found == [row.found].compactMap(\.self))
  }

  @Test("D49, D52, D53: counters stand, settings are unusual, or are missing")
  func settings() {
    var site = Site()
    site.setVS("run_estimation", 0)
    #expect(site.found == ["warning D49"])
    site.facts.host.settings["net/ipv4/vs/run_estimation"] = nil
    #expect(site.found == ["note D53"])
    site.facts.host.kernel = RunningKernel("5.10.0")
    #expect(site.found == [])
    site.setVS("sloppy_tcp", 1)
    #expect(site.found == ["note D52"])
    site.facts.daemons = [SyncDaemon(.backup, interface: .named("in"))]
    #expect(site.found == [])
    site.setVS("schedule_icmp", 1)
    #expect(site.found == ["note D52"])
  }

  @Test("D50: idle connections are forgotten before keepalive")
  func timeout() {
    var site = Site()
    site.facts.timeouts?.tcp = 900
    #expect(site.found == ["note D50"])
    #expect(
      site.diagnosis.findings[0].remedy
        == ["'ipvsadm --set 7500 0 0', or more frequent keepalive"])
    site.facts.timeouts?.tcp = 7200
    #expect(site.found == [])
    site.set("net/ipv4/tcp_keepalive_time", .max)
    #expect(site.found == ["note D50"])
  }

  @Test("D51: all clients are one, or stay for days")
  func persistence() {
    var site = Site()
    site.setVS("expire_quiescent_template", 1)
    site.facts.services[0].service.netmask = .ipv4(IPv4Address(0))
    #expect(site.found == [])
    site.facts.services[0].service.persistence = 300
    #expect(site.found == ["warning D51"])
    site.facts.services[0].service.netmask = .host(of: .ipv4)
    site.facts.services[0].service.persistence = 86401
    #expect(site.found == ["note D51"])
    site.facts.services[0].service.persistence = 86400
    #expect(site.found == [])
  }

  // MARK: - Sync daemons

  private func synchronizing(_ daemon: SyncDaemon = SyncDaemon(.master, interface: .named("in")))
    -> Site
  {
    var site = Site()
    site.facts.daemons = [daemon]
    site.facts.host.routes[
      RouteQuestion(.of("224.0.0.81"), outputLink: Site.inside)] =
      .route(Route(.multicast, link: Site.inside))
    return site
  }

  @Test("D55: the link of a daemon is gone, down, or without carrier, which explains the rest")
  func syncLink() {
    var site = synchronizing()
    #expect(site.found == [])
    site.facts.host.links[Site.inside]?.flags.remove(.lowerUp)
    #expect(site.found == ["error D55"])
    site.facts.host.links[Site.inside]?.flags = [.lowerUp]
    #expect(site.found == ["error D55"])
    site.facts.daemons[0].interface = .named("gone")
    site.facts.host.links[Site.inside]?.flags = [.up, .lowerUp, .multicast]
    #expect(site.found == ["error D55"])
  }

  @Test("D56: no multicast on the link, no way to the group, no address for IPv6")
  func multicast() {
    var site = synchronizing()
    site.facts.host.links[Site.inside]?.flags.remove(.multicast)
    #expect(site.found == ["warning D56"])
    site.facts.host.links[Site.inside]?.flags.insert(.multicast)
    site.facts.host.routes[RouteQuestion(.of("224.0.0.81"), outputLink: Site.inside)] =
      .refused(errno: 101)
    #expect(site.found == ["warning D56"])
    site.facts.daemons[0].group = .of("ff02::51")
    #expect(site.found == ["warning D56"])
    site.facts.host.addresses.append(
      InterfaceAddress(.of("fe80::1"), prefixLength: 64, link: Site.inside))
    #expect(site.found == [])
  }

  @Test("D57: the backup takes nothing of what comes in")
  func deaf() {
    var site = synchronizing(SyncDaemon(.backup, interface: .named("in"), syncID: 8))
    let counter = "IpExt.InMcastPkts"
    site.facts.host.counters = [[counter: 1], [counter: 4]]
    #expect(site.found == ["warning D57"])
    site.facts.syncedConnections = 1
    #expect(site.found == [])
    site.facts.syncedConnections = 0
    site.facts.host.counters[1][counter] = 1
    #expect(site.found == [])
    site.facts.daemons[0].role = .master
    site.facts.host.counters[1][counter] = 4
    #expect(site.found == [])
  }

  @Test("D58: messages with their headers are longer than the link takes")
  func fragments() {
    var site = synchronizing(
      SyncDaemon(.master, interface: .named("in"), maximumLength: 1472))
    #expect(site.found == [])
    site.facts.daemons[0].maximumLength = 1473
    #expect(site.found == ["warning D58"])
  }

  @Test("D59: master and backup at once")
  func twins() {
    var site = synchronizing()
    site.facts.daemons.append(SyncDaemon(.backup, interface: .named("in")))
    #expect(site.found == ["note D59"])
  }

  // MARK: - Operation

  @Test("D60: one program or several change the table")
  func hands() {
    var site = Site()
    func process(_ name: String, _ words: [String] = []) -> HostProcess {
      HostProcess(number: 1, name: name, words: words)
    }
    site.facts.host.processes = [process("keepalived"), process("keepalived")]
    #expect(site.found == ["note D60"])
    site.facts.host.processes.append(process("perl", ["perl", "/usr/sbin/ldirectord", "start"]))
    #expect(site.found == ["warning D60"])
    site.facts.host.processes = [process("perl", ["perl", "report.pl"]), process("dockerd")]
    #expect(site.found == [])
    site.add(.mark(257, .ipv4), [.masquerading(Site.first)])
    #expect(site.found == ["note D60"])
  }

  @Test("D61: the saved rules are others, or have a fault; weights do not count")
  func saved() {
    var site = Site()
    var rules = RuleSet()
    rules.set(
      RuleSet.Service(
        VirtualService(Site.web),
        servers: [.masquerading(Site.second), .masquerading(Site.first)]))
    var saved = SavedRules(path: "/etc/ipvsadm.rules", rules: rules)
    site.facts.savedRules = [saved]
    #expect(site.found == [])
    site.edit(0) { $0.server.weight = Weight(9) ?? .one }
    #expect(site.found == [])
    site.facts.services[0].servers.removeLast()
    #expect(site.found == ["note D61"])
    saved.rules = RuleSet()
    site.facts.savedRules = [saved]
    #expect(site.found == [])
    saved.fault = "line 3"
    site.facts.savedRules = [saved]
    #expect(site.found == ["warning D61"])
  }

  @Test("D62: more than four connections in a bucket")
  func buckets() {
    var site = Site()
    site.facts.connections[1].count = 4 * 4096
    #expect(site.found == [])
    site.facts.connections[1].count = 5 * 4096
    #expect(site.found == ["warning D62"])
    #expect(site.diagnosis.findings[0].remedy[0].contains("conn_tab_bits=15"))
    site.facts.host.kernel = RunningKernel("7.2")
    #expect(site.found == [])
  }

  @Test("D63: more than twenty thousand counters")
  func estimators() {
    var site = Site()
    let servers = (1...20_000).map {
      RealServer.masquerading(Endpoint(.v4(IPv4Address(0x0a00_0000 + $0)), port: 80))
    }
    site.facts.services[0].servers = servers.map { ListedServer($0) }
    #expect(site.found == ["note D63"])
  }

  @Test("D64: a link that merges packets, and forwards")
  func merging() {
    var site = Site()
    site.facts.host.mergingLinks = ["in"]
    #expect(site.found == ["note D64"])
    site.set("net/ipv4/conf/in/forwarding", 0)
    site.set("net/ipv4/conf/all/forwarding", 0)
    #expect(!site.found.contains("note D64"))
  }
}

extension KernelName {
  /// An interface of a literal.
  static func named(_ name: String) -> KernelName {
    KernelName(ByteString(name), atMost: KernelName.longestInterface) ?? .firstEthernet
  }
}
