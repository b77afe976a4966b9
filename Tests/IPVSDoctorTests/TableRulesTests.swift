// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSClient
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// What is wrong with the kernel and the table (D01 to D09, D16 to D19), and what only looks like
/// it.
@Suite struct TableRulesTests {
  @Test("at a director at which all is well nothing is found")
  func healthy() {
    let site = Site()
    #expect(site.found == [])
    #expect(site.diagnosis.skips == [])
  }

  // MARK: - The kernel

  @Test(
    "D01: why there is no IPVS",
    arguments: [
      (ModuleList(installed: ["ip_vs"]), "modprobe ip_vs"),
      (
        ModuleList(installed: ["veth"]),
        "install it: on Ubuntu, it is in the package linux-modules-extra-6.1.0"
      ),
      (
        ModuleList(hasOtherKernels: true),
        "boot the kernel that is installed, or install the modules of 6.1.0"
      ),
      (ModuleList(), "load the module on the host: modprobe ip_vs"),
      (ModuleList(loaded: ["ip_vs"]), "see the kernel's log (dmesg)"),
    ])
  func absent(_ row: (modules: ModuleList, remedy: String)) {
    var site = Site()
    site.facts.failure = .ipvsAbsent(loader: nil)
    site.facts.gaps[.table] = "the table cannot be read"
    site.facts.host.modules = row.modules
    #expect(site.diagnosis.findings.first?.code == .ipvsAbsent)
    #expect(site.diagnosis.findings.first?.remedy == [row.remedy])
    #expect(!site.diagnosis.isTableRead)
  }

  @Test("D03: without the right to read, nothing about the table passes")
  func noRights() {
    var site = Site()
    site.facts.failure = .refused(errno: 1)
    site.facts.gaps[.table] = "the table cannot be read"
    site.facts.services = []
    #expect(site.found == ["error D03"])
    let skipped = Set(site.diagnosis.skips.map(\.code))
    #expect(skipped.isSuperset(of: [.noServers, .addressNotLocal, .noRoute, .answersLost]))
    #expect(!site.diagnosis.isTableRead)
  }

  @Test("D04: without the settings of IPVS what hangs on them is skipped")
  func noSettings() {
    var site = Site()
    site.facts.gaps[.vsSettings] = "/proc/sys/net/ipv4/vs is not there"
    #expect(site.found == ["note D04"])
    #expect(
      Set(site.diagnosis.skips.map(\.code)).isSuperset(of: [
        .backupOnly, .reuseDelay, .deadServerKeepsDatagrams, .quiescedServerKeepsClients,
        .defenceOn, .countersFrozen,
      ]))
  }

  @Test("D02: a scheduler that the kernel does not have, in rules that are to be applied")
  func scheduler() {
    var site = Site()
    var rules = RuleSet()
    rules.set(RuleSet.Service(VirtualService(Site.web, scheduler: .scheduler("twos"))))
    site.facts.savedRules = [SavedRules(path: "new.rules", rules: rules, isWanted: true)]
    site.facts.host.modules = ModuleList(loaded: ["ip_vs"], installed: ["ip_vs_rr"])
    #expect(site.found == ["error D02"])
    #expect(site.diagnosis.findings[0].objects == [.named(.scheduler, "twos")])
    site.facts.host.modules.builtIn = ["ip_vs_twos"]
    #expect(site.found == [])
    site.facts.host.modules = ModuleList()
    #expect(site.found == [])
    #expect(site.diagnosis.skips.map(\.code) == [.schedulerAbsent])
    // What a service of the table has can be had.
    site.facts.host.modules = ModuleList(installed: [])
    site.facts.services[0].service.scheduler = .scheduler("twos")
    #expect(site.found == [])
  }

  // MARK: - Services that serve nobody

  @Test("D05: a service without servers; where another program fills the table, a warning")
  func noServers() {
    var site = Site()
    site.facts.services[0].servers = []
    #expect(site.found == ["error D05"])
    #expect(
      site.diagnosis.findings[0].remedy == ["'ipvsadm -a -t 203.0.113.1:80 -r SERVER'"])
    site.facts.host.processes = [HostProcess(number: 7, name: "keepalived")]
    #expect(site.found == ["warning D05", "note D60"])
  }

  @Test("D06: all weights are 0; a service that is being drained gets a warning")
  func quiesced() {
    var site = Site()
    site.editAll { $0.server.weight = .quiesced }
    #expect(site.found == ["error D06"])
    site.edit(0) { $0.activeConnections = 1 }
    #expect(site.found == ["warning D06"])
    site.edit(1) { $0.server.weight = .one }
    #expect(site.found == [])
  }

  @Test("D07: all servers are full, or some")
  func full() {
    var site = Site()
    site.editAll { server in
      server.server.upperThreshold = 10
      server.activeConnections = 4
      server.inactiveConnections = 6
    }
    #expect(site.found == ["error D07"])
    site.edit(1) { $0.server.upperThreshold = 0 }
    #expect(site.found == ["warning D07"])
    site.edit(0) { $0.inactiveConnections = 5 }
    #expect(site.found == ["note D07"])
    site.edit(0) { $0.inactiveConnections = 2 }
    #expect(site.found == [])
    // A server without weight gets no connections for another reason.
    site.edit(0) { $0.inactiveConnections = 6 }
    site.edit(0) { $0.server.weight = .quiesced }
    #expect(site.found == [])
  }

  @Test("D08: port 0 without persistence; marks have port 0 too")
  func everyPort() {
    var site = Site()
    let identity = ServiceIdentity.endpoint(.tcp, .of("203.0.113.1:0"))
    site.replace(VirtualService(identity), [.masquerading(Site.first)])
    #expect(site.found == ["error D08"])
    site.replace(VirtualService(identity, persistence: 60), [.masquerading(Site.first)])
    #expect(site.found == [])
    site.replace(VirtualService(.mark(7, .ipv4)), [.masquerading(Site.first)])
    #expect(site.found == [])
  }

  @Test(
    "D09: a scheduler that hashes keeps the share of a server that is out",
    arguments: ["sh", "mh", "dh"])
  func slots(_ scheduler: String) {
    var site = Site()
    site.facts.services[0].service.scheduler = .scheduler(scheduler)
    #expect(site.found == [])
    site.edit(1) { $0.server.weight = .quiesced }
    #expect(site.found == ["warning D09"])
    site.facts.services[0].service.flags = [.fallback, .port]
    #expect(site.found == (scheduler == "dh" ? ["warning D09"] : []))
    // D06 says it all.
    site.facts.services[0].service.flags = []
    site.edit(0) { $0.server.weight = .quiesced }
    #expect(site.found == ["error D06"])
    site.facts.services[0].service.scheduler = .weightedLeastConnections
    site.edit(0) { $0.server.weight = .one }
    #expect(site.found == [])
  }

  @Test(
    "D16: a backup that leaves packets alone; without a backup daemon the setting means nothing")
  func backupOnly() {
    var site = Site()
    site.setVS("backup_only", 1)
    site.facts.services[0].statistics.totals.connections = 9
    #expect(site.found == [])
    site.facts.daemons = [
      SyncDaemon(.backup, interface: .named("in"))
    ]
    #expect(site.found == ["error D16"])
    // A backup whose master has the address.
    site.route("203.0.113.1", .route(Route(.unicast, link: Site.outside)))
    #expect(site.found == ["note D12", "note D16"])
    site.route("203.0.113.1", .route(Route(.local, link: 1)))
    site.facts.services[0].statistics.totals.connections = 0
    #expect(site.found == ["note D16"])
    // Its own connections, of which the counters do not know yet; then those of the master.
    var connections = ConnectionFacts()
    connections.count = 4
    site.facts.connections = [connections]
    #expect(site.found == ["error D16"])
    site.facts.syncedConnections = 4
    #expect(site.found == ["note D16"])
  }

  @Test("D16 explains what is wrong with servers")
  func backupExplains() {
    var site = Site()
    site.setVS("backup_only", 1)
    site.facts.services[0].statistics.totals.connections = 9
    site.facts.daemons = [
      SyncDaemon(.backup, interface: .named("in"))
    ]
    site.route("192.0.2.11", .refused(errno: 101))
    #expect(site.found == ["error D16"])
  }

  @Test("D17: one packet with masquerading; protocols without answers get a warning")
  func onePacket() {
    var site = Site()
    func service(_ port: UInt16) -> VirtualService {
      VirtualService(
        .endpoint(.udp, Endpoint(.of("203.0.113.1"), port: port)), flags: .onePacket)
    }
    site.setVS("expire_nodest_conn", 1)
    site.replace(service(53), [.masquerading(Site.first)])
    #expect(site.found == ["error D17"])
    site.replace(service(514), [.masquerading(Site.first)])
    #expect(site.found == ["warning D17"])
    site.replace(service(53), [.direct(.of("192.0.2.11:53"))])
    #expect(site.found == [])
    site.replace(VirtualService(.mark(9, .ipv4), flags: .onePacket), [.masquerading(Site.first)])
    #expect(site.found == ["error D17"])
  }

  @Test("D18: the port of a server with direct routing is another; marks have none")
  func ports() {
    var site = Site()
    site.replace(VirtualService(Site.web), [.direct(Site.first)])
    #expect(site.found == ["note D18"])
    site.replace(VirtualService(Site.web), [.direct(.of("192.0.2.11:80"))])
    #expect(site.found == [])
    site.replace(VirtualService(.mark(7, .ipv4)), [.tunnel(Site.first)])
    #expect(site.alarms.filter { $0.hasSuffix("D18") } == [])
  }

  @Test("D19: a lower threshold without an upper one, or not below it")
  func thresholds() {
    var site = Site()
    site.edit(0) { $0.server.lowerThreshold = 5 }
    #expect(site.found == ["note D19"])
    site.edit(0) { $0.server.upperThreshold = 5 }
    #expect(site.found == ["note D19"])
    site.edit(0) { $0.server.upperThreshold = 6 }
    #expect(site.found == [])
  }

  @Test("an engine's table is judged, and nothing of the host")
  func engine() {
    var site = Site()
    site.facts.isEngine = true
    for source in Source.allCases where ![.table, .processes, .timeouts, .daemons].contains(source)
    {
      site.facts.gaps[source] = "an engine was asked, not the kernel"
    }
    site.facts.services[0].servers = []
    site.facts.host.settings = [:]
    site.facts.host.routes = [:]
    #expect(site.found == ["error D05"])
    let skipped = Set(site.diagnosis.skips.map(\.code))
    #expect(skipped.isSuperset(of: [.forwardingOff, .addressNotLocal, .noRoute, .conntrackFull]))
    #expect(
      skipped.isDisjoint(with: [.noServers, .allFull, .masqueradingToLoopback, .severalHands]))
  }
}
