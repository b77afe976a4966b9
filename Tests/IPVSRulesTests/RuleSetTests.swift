// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import TestSupport
import Testing

@Suite struct RuleSetTests {
  static let cases = Seed.cases(usually: 1000)

  @Test(
    "a plan makes any rule set of any other, the plan back restores it, and none is needed then")
  func plans() throws {
    var random = Seed(for: "RuleSet")
    for _ in 0..<Self.cases {
      let before = RandomRuleSet.next(using: &random)
      let target = RandomRuleSet.next(using: &random)
      let plan = before.changes(to: target)
      let after = try before.applying(plan)
      #expect(after == target, "seed \(random.seed)")
      #expect(after.changes(to: target).isEmpty, "seed \(random.seed)")
      #expect(before.changes(to: before).isEmpty, "seed \(random.seed)")
      #expect(try after.applying(after.changes(to: before)) == before, "seed \(random.seed)")
    }
  }

  @Test("a plan has one change for each rule that differs, and none for those that are equal")
  func minimal() throws {
    var random = Seed(for: "RuleSet.minimal")
    for _ in 0..<Self.cases {
      let before = RandomRuleSet.next(using: &random)
      let target = RandomRuleSet.next(using: &random)
      let touched = before.changes(to: target).flatMap(\.objects)
      #expect(Set(touched).count == touched.count, "seed \(random.seed)")
      #expect(Set(touched) == before.differences(from: target), "seed \(random.seed)")
    }
  }

  @Test("what may be refused precedes what loses counters or connections")
  func phases() throws {
    var random = Seed(for: "RuleSet.phases")
    for _ in 0..<Self.cases {
      let before = RandomRuleSet.next(using: &random)
      let phases = before.changes(to: RandomRuleSet.next(using: &random)).map(\.phase)
      #expect(phases == phases.sorted(), "seed \(random.seed)")
    }
  }

  @Test("a service with a usable server before and after the plan has one all the time")
  func usableServers() throws {
    var random = Seed(for: "RuleSet.usable")
    for _ in 0..<Self.cases {
      let before = RandomRuleSet.next(using: &random)
      let target = RandomRuleSet.next(using: &random)
      let usable = before.usable.intersection(target.usable)
      var rules = before
      for change in before.changes(to: target) {
        try rules.apply(change)
        #expect(rules.usable.isSuperset(of: usable), "\(change), seed \(random.seed)")
      }
    }
  }

  static let web = ServiceIdentity.endpoint(.tcp, end("10.0.0.1:80"))
  static let mixed = RealServer(end("[fd00::1]:80"), forwarding: .tunneling)

  @Test("servers of another family are deleted before a daemon is started")
  func daemonAfterMixedServers() {
    var before = RuleSet(daemons: [])
    before.set(RuleSet.Service(VirtualService(Self.web), servers: [Self.mixed]))
    var target = RuleSet(daemons: [SyncDaemon(.master)])
    target.set(RuleSet.Service(VirtualService(Self.web)))
    #expect(
      before.changes(to: target) == [
        .deleteServer(Self.mixed.endpoint, of: Self.web), .startDaemon(SyncDaemon(.master)),
      ])
    #expect(
      target.changes(to: before) == [
        .stopDaemon(.master, syncID: 0), .addServer(Self.mixed, to: Self.web),
      ])
  }

  @Test("timeouts and daemons that a rule set does not name are left alone")
  func unnamed() throws {
    let timeouts = Timeouts(tcp: 900, tcpFin: 120, udp: 300)
    let before = RuleSet(timeouts: timeouts, daemons: [SyncDaemon(.backup)])
    #expect(before.changes(to: RuleSet()).isEmpty)
    #expect(RuleSet().completed(from: before) == before)
    let partly = RuleSet(timeouts: Timeouts(tcp: 0, tcpFin: 60, udp: 0))
    #expect(before.changes(to: partly) == [.setTimeouts(Timeouts(tcp: 0, tcpFin: 60, udp: 0))])
    let after = try before.applying(before.changes(to: partly))
    #expect(after == partly.completed(from: before))
    #expect(after.timeouts == Timeouts(tcp: 900, tcpFin: 60, udp: 300))
    #expect(after.changes(to: partly).isEmpty)
    #expect(RuleSet().changes(to: RuleSet(timeouts: Timeouts(tcp: 0, tcpFin: 0, udp: 0))).isEmpty)
  }

  @Test("the length of sync messages is compared within the kernel's limits")
  func daemonLimits() {
    let lengths: [(SyncDaemon.Role, asked: UInt16, given: UInt16)] = [
      (.backup, 100, 1024), (.backup, 1024, 1024), (.backup, 1400, 1400), (.master, 100, 100),
      (.master, 65535, 65507),
    ]
    for (role, asked, given) in lengths {
      let before = RuleSet(daemons: [SyncDaemon(role, maximumLength: given)])
      let target = RuleSet(daemons: [SyncDaemon(role, maximumLength: asked)])
      #expect(before.changes(to: target).isEmpty, "\(role) \(asked)")
    }
    let before = RuleSet(daemons: [SyncDaemon(.backup, maximumLength: 1400)])
    let target = RuleSet(daemons: [SyncDaemon(.backup, maximumLength: 100)])
    #expect(before.changes(to: target).count == 2)
  }

  @Test("a daemon with the kernel's defaults is equal to one that leaves them out")
  func daemonDefaults() {
    let running = SyncDaemon(
      .master, maximumLength: 1472, group: .v4(IPv4Address(0xe000_0051)), port: 8848, timeToLive: 1)
    let before = RuleSet(daemons: [running])
    #expect(before.changes(to: RuleSet(daemons: [SyncDaemon(.master)])).isEmpty)
    let other = SyncDaemon(.master, port: 9000)
    #expect(
      before.changes(to: RuleSet(daemons: [other])) == [
        .stopDaemon(.master, syncID: 0), .startDaemon(other),
      ])
  }

  @Test(
    "services and servers keep the order of a file, and a table is read in the order of addition")
  func order() {
    let servers = ["10.1.0.3:80", "10.1.0.1:80", "10.1.0.2:80"].map { RealServer(end($0)) }
    let listed = ListedService(
      VirtualService(Self.web), servers: servers.reversed().map { ListedServer($0) })
    let kernel = KernelInfo(version: 0x010201, connectionTableSize: 4096)
    let rules = RuleSet(Snapshot(kernel: kernel, services: [listed]))
    #expect(rules.services == [RuleSet.Service(VirtualService(Self.web), servers: servers)])
    #expect(rules[Self.web]?[servers[1].endpoint] == servers[1])
    #expect(
      RuleSet().changes(to: rules)
        == [.addService(VirtualService(Self.web))] + servers.map { .addServer($0, to: Self.web) })
  }

  static let conflicts: [(Change, RuleConflict, String)] = [
    (
      .addService(VirtualService(web)), .serviceExists(web),
      "service TCP 10.0.0.1:80 exists already"
    ),
    (
      .editService(VirtualService(.mark(1, .ipv4))), .noService(.mark(1, .ipv4)),
      "there is no service firewall mark 1"
    ),
    (
      .deleteService(.mark(1, .ipv6)), .noService(.mark(1, .ipv6)),
      "there is no service firewall mark 1, IPv6"
    ),
    (
      .addServer(mixed, to: web), .serverExists(mixed.endpoint, of: web),
      "service TCP 10.0.0.1:80 has server [fd00::1]:80 already"
    ),
    (
      .deleteServer(end("10.9.9.9:1"), of: web), .noServer(end("10.9.9.9:1"), of: web),
      "service TCP 10.0.0.1:80 has no server 10.9.9.9:1"
    ),
    (
      .editServer(RealServer(end("10.9.9.9:1")), of: web), .noServer(end("10.9.9.9:1"), of: web),
      "service TCP 10.0.0.1:80 has no server 10.9.9.9:1"
    ),
    (.zero(.mark(1, .ipv4)), .noService(.mark(1, .ipv4)), "there is no service firewall mark 1"),
    (.startDaemon(SyncDaemon(.master)), .daemonRuns(.master), "a master daemon runs already"),
    (.stopDaemon(.backup, syncID: 0), .noDaemon(.backup), "no backup daemon runs"),
  ]

  @Test(
    "a change that a director would refuse is refused, and changes nothing", arguments: conflicts)
  func conflict(change: Change, conflict: RuleConflict, text: String) {
    var rules = RuleSet(daemons: [SyncDaemon(.master)])
    rules.set(RuleSet.Service(VirtualService(Self.web), servers: [Self.mixed]))
    let before = rules
    #expect(throws: conflict) { try rules.apply(change) }
    #expect(rules == before)
    #expect(conflict.description == text)
  }

  @Test("all services are deleted at once, and counters are no part of the rules")
  func flush() throws {
    var rules = RuleSet(timeouts: Timeouts(tcp: 1, tcpFin: 2, udp: 3), daemons: [])
    let empty = rules
    rules.set(RuleSet.Service(VirtualService(Self.web), servers: [Self.mixed]))
    #expect(try rules.applying([.zero(nil), .zero(Self.web)]) == rules)
    #expect(try rules.applying([.flush]) == empty)
  }
}

/// What a change touches, for comparisons.
private enum Object: Hashable {
  case service(ServiceIdentity)
  case server(Endpoint, ServiceIdentity)
  case timeouts
  case stop(SyncDaemon.Role)
  case start(SyncDaemon.Role)
}

extension Change {
  fileprivate var objects: [Object] {
    switch self {
    case .addService(let service), .editService(let service): [.service(service.identity)]
    case .deleteService(let identity): [.service(identity)]
    case .addServer(let server, to: let identity), .editServer(let server, of: let identity):
      [.server(server.endpoint, identity)]
    case .deleteServer(let endpoint, of: let identity): [.server(endpoint, identity)]
    case .setTimeouts: [.timeouts]
    case .startDaemon(let daemon): [.start(daemon.role)]
    case .stopDaemon(let role, _): [.stop(role)]
    case .flush, .zero: []
    }
  }

  /// The phase of a plan that the change belongs to.
  fileprivate var phase: Int {
    switch self {
    case .stopDaemon, .setTimeouts: 0
    case .addService, .editService: 1
    case .addServer, .editServer: 2
    case .startDaemon: 3
    case .deleteServer: 4
    case .deleteService: 5
    case .flush, .zero: 6
    }
  }
}

extension RuleSet {
  /// The services with a server that gets connections.
  fileprivate var usable: Set<ServiceIdentity> {
    Set(
      services.filter { $0.servers.contains { $0.weight > .quiesced } }.map(\.service.identity))
  }

  /// What must change to make `target` of it, found by comparing one rule after the other.
  fileprivate func differences(from target: RuleSet) -> Set<Object> {
    var objects: Set<Object> = []
    let identities = services.map(\.service.identity) + target.services.map(\.service.identity)
    for identity in identities {
      let (old, new) = (self[identity], target[identity])
      if old?.service != new?.service { objects.insert(.service(identity)) }
      // The servers of a service that is deleted go with it.
      guard let new else { continue }
      for server in new.servers + (old?.servers ?? [])
      where old?[server.endpoint] != new[server.endpoint] {
        objects.insert(.server(server.endpoint, identity))
      }
    }
    if timeouts != target.timeouts { objects.insert(.timeouts) }
    for role in [SyncDaemon.Role.master, .backup] {
      let old = daemons?.first { $0.role == role }
      let new = target.daemons?.first { $0.role == role }
      guard old != new else { continue }
      if old != nil { objects.insert(.stop(role)) }
      if new != nil { objects.insert(.start(role)) }
    }
    return objects
  }
}

/// An endpoint by its text; text that is not an endpoint is a mistake in the test.
private func end(_ text: String) -> Endpoint {
  guard let endpoint = Endpoint(text) else { preconditionFailure("no endpoint: \(text)") }
  return endpoint
}
