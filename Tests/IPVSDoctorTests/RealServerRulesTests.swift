// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSGrammar
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// The facts of a real server at which all is well: a virtual address on the loopback, and one
/// link.
private struct ServerSite {
  static let virtual = IPAddress.of("192.0.2.100")

  var facts = RealServerFacts(RealServerRequest())

  init() {
    facts.host.links = [
      1: Link(index: 1, name: "lo", flags: [.up, .loopback], mtu: 65536),
      2: Link(index: 2, name: "eth0", flags: [.up, .multicast], mtu: 1500),
    ]
    facts.host.addresses = [
      InterfaceAddress(.of("127.0.0.1"), prefixLength: 8, link: 1),
      InterfaceAddress(Self.virtual, prefixLength: 32, link: 1),
      InterfaceAddress(.of("192.0.2.11"), prefixLength: 24, link: 2),
    ]
    route(Self.virtual, .route(Route(.local, link: 1)))
    for link in ["all", "eth0"] { set(link, ignore: 0, announce: 0) }
    set("all", ignore: 1, announce: 2)
    facts.host.sockets = [ListeningSocket(.tcp, .of("0.0.0.0:80"))]
  }

  mutating func set(_ link: String, ignore: Int, announce: Int) {
    facts.host.settings["net/ipv4/conf/\(link)/arp_ignore"] = "\(ignore)"
    facts.host.settings["net/ipv4/conf/\(link)/arp_announce"] = "\(announce)"
  }

  mutating func setFilter(_ link: String, _ value: Int) {
    facts.host.settings["net/ipv4/conf/\(link)/rp_filter"] = "\(value)"
  }

  mutating func route(_ address: IPAddress, _ answer: RouteAnswer) {
    facts.host.routes[RouteQuestion(address)] = answer
  }

  mutating func routeToClients(by gateway: String) {
    route(
      RealServerFacts.farClient(of: .ipv4),
      .route(Route(.unicast, link: 2, gateway: .of(gateway))))
  }

  /// Puts the virtual address on a link.
  mutating func move(to link: Int32, prefix: UInt8 = 32) {
    facts.host.addresses[1] = InterfaceAddress(Self.virtual, prefixLength: prefix, link: link)
  }

  /// Adds a tunnel device with the virtual address.
  mutating func addTunnel(_ flags: Link.Flags = [.up, .noARP]) {
    facts.host.links[3] = Link(index: 3, name: "tunl0", flags: flags, mtu: 1480, kind: "ipip")
    move(to: 3)
    setFilter("all", 0)
    setFilter("tunl0", 0)
  }

  var diagnosis: Diagnosis {
    var report = Report()
    report.apply(RealServerRules.all, to: facts)
    var diagnosis = Diagnosis()
    diagnosis.take(report, RealServerRules.suppressions)
    return diagnosis
  }

  /// The codes that are found, with their severities: `error R01`.
  var found: [String] {
    diagnosis.findings.map { "\($0.severity.rawValue) \($0.code.rawValue)" }
  }
}

/// What is wrong at a real server (R01 to R10), and what only looks like it.
@Suite struct RealServerRulesTests {
  @Test("nothing is found where all is well")
  func healthy() {
    #expect(ServerSite().found == [])
  }

  @Test("R01: the route says whether an address is local")
  func notLocal() {
    var site = ServerSite()
    site.facts.request.virtualAddresses = [ServerSite.virtual]
    site.facts.host.addresses.remove(at: 1)
    // Any address of a local route is.
    #expect(site.found == [])
    site.route(ServerSite.virtual, .route(Route(.unicast, link: 2)))
    #expect(site.found == ["error R01"])
    #expect(site.diagnosis.findings[0].remedy == ["ip addr add 192.0.2.100/32 dev lo"])
    site.facts.request.virtualAddresses = []
    #expect(site.diagnosis.skips.contains { $0.code == .serverAddressNotLocal })
  }

  @Test("R02: the larger of both settings counts")
  func answersARP() {
    var site = ServerSite()
    site.set("all", ignore: 0, announce: 2)
    #expect(site.found == ["error R02"])
    site.set("eth0", ignore: 1, announce: 0)
    #expect(site.found == [])
    site.set("eth0", ignore: 8, announce: 0)
    #expect(site.found == [])
  }

  @Test("R02: an address of the link itself is answered for, unless by nothing")
  func ownLink() {
    var site = ServerSite()
    site.move(to: 2)
    site.facts.request.virtualAddresses = [ServerSite.virtual]
    #expect(site.found == ["error R02"])
    site.set("eth0", ignore: 8, announce: 2)
    #expect(site.found == [])
    site.set("eth0", ignore: 0, announce: 2)
    site.facts.firewall.rules.otherFamilies = ["arp"]
    #expect(site.found == ["warning R02"])
  }

  @Test("R02: links without ARP, without an address, or of other networks are not the way")
  func otherLinks() {
    var site = ServerSite()
    site.set("all", ignore: 0, announce: 2)
    site.set("eth0", ignore: 1, announce: 2)
    site.facts.host.links[4] = Link(index: 4, name: "wg0", flags: [.up, .noARP], mtu: 1420)
    site.facts.host.links[5] = Link(index: 5, name: "veth1", flags: [.up], mtu: 1500)
    site.facts.host.addresses.append(
      InterfaceAddress(.of("10.9.0.1"), prefixLength: 24, link: 4))
    #expect(site.found == [])
    site.facts.host.links[6] = Link(
      index: 6, name: "docker0", flags: [.up], mtu: 1500, kind: "bridge")
    site.facts.host.addresses.append(
      InterfaceAddress(.of("172.17.0.1"), prefixLength: 16, link: 6))
    #expect(site.found == ["note R02"])
  }

  @Test("R03: the server may name the virtual address when it asks")
  func announces() {
    var site = ServerSite()
    site.set("all", ignore: 1, announce: 1)
    #expect(site.found == ["warning R03"])
    site.set("eth0", ignore: 0, announce: 2)
    #expect(site.found == [])
  }

  @Test("R04: no device that unpacks, wherever the address is")
  func tunnelDown() {
    var site = ServerSite()
    site.addTunnel()
    #expect(site.found == [])
    site.addTunnel([.noARP])
    #expect(site.found == ["error R04"])
    #expect(site.diagnosis.findings[0].remedy == ["ip link set tunl0 up"])
    site.move(to: 1)
    #expect(site.found == [])
    site.facts.request.tunnel = .ipip
    #expect(site.found == ["error R04"])
    site.facts.host.links[3] = nil
    #expect(site.found == ["error R04"])
    site.addTunnel()
    site.facts.request.tunnel = .gue
    #expect(site.found == ["error R04"])
    site.facts.fouPorts = [FOUPort(6080, isGUE: true)]
    #expect(site.found == [])
  }

  @Test("R05: the larger of both settings counts, and loose is fine")
  func reversePath() {
    var site = ServerSite()
    site.addTunnel()
    site.setFilter("tunl0", 1)
    #expect(site.found == ["error R05"])
    site.setFilter("all", 2)
    #expect(site.found == [])
    site.setFilter("all", 1)
    site.setFilter("tunl0", 0)
    #expect(site.found == ["error R05"])
    site.setFilter("tunl0", 2)
    #expect(site.found == [])
  }

  @Test("R06: answers go by the director where it translates, and not where it does not")
  func wayOfAnswers() {
    var site = ServerSite()
    site.routeToClients(by: "192.0.2.254")
    #expect(site.found == ["note R06"])
    site.facts.request.director = .of("192.0.2.1")
    #expect(site.found == [])
    site.routeToClients(by: "192.0.2.1")
    #expect(site.found == ["error R06"])
    site.facts.host.addresses.remove(at: 1)
    #expect(site.found == [])
    site.routeToClients(by: "192.0.2.254")
    #expect(site.found == ["error R06"])
  }

  @Test("R07: a socket that takes no packets for the virtual address")
  func listens() {
    var site = ServerSite()
    site.facts.host.sockets = [ListeningSocket(.tcp, .of("192.0.2.11:8090"))]
    #expect(site.found == ["note R07"])
    site.facts.request.port = 8090
    #expect(site.found == ["error R07"])
    for bound in ["0.0.0.0:8090", "192.0.2.100:8090", "[::]:8090"] {
      site.facts.host.sockets = [ListeningSocket(.tcp, .of(bound))]
      #expect(site.found == [], "\(bound)")
    }
    site.facts.host.sockets = []
    #expect(site.found == ["error R07"])
  }

  @Test("R08: requests, and the outer header of their tunnel")
  func firewall() {
    var site = ServerSite()
    func load(_ rules: [RuleStep]...) {
      site.facts.firewall.rules = HostFirewall()
      site.facts.firewall.rules.ipv4.append([
        FirewallChain(
          .legacy(.ipv4), table: "filter", name: "INPUT", base: ChainBase(.input, policy: .drop),
          rules: rules.enumerated().map { FirewallRule($1, number: $0 + 1) })
      ])
    }
    func transport(_ number: UInt128) -> RuleStep {
      .condition(
        .member(
          [Operand(.transport, bits: 8)], of: .column(IntervalSet(numbers: [number])),
          isInverted: false))
    }
    load()
    #expect(site.found == ["error R08"])
    load([transport(6), .verdict(.accept)])
    #expect(site.found == [])
    site.facts.request.port = 80
    #expect(site.found == [])
    site.addTunnel()
    #expect(site.found == ["error R08"])
    load([transport(6), .verdict(.accept)], [transport(4), .verdict(.accept)])
    #expect(site.found == [])
  }

  @Test("R09: segments that fit the link and not the tunnel")
  func segments() {
    var site = ServerSite()
    site.addTunnel()
    site.routeToClients(by: "192.0.2.254")
    #expect(site.found == ["warning R09", "note R06"])
    #expect(
      site.diagnosis.findings[0].remedy == [
        "ip route change default via 192.0.2.254 dev eth0 advmss 1440"
      ])
    site.route(
      RealServerFacts.farClient(of: .ipv4),
      .route(
        Route(.unicast, link: 2, gateway: .of("192.0.2.254"), advertisedMSS: 1440)))
    #expect(site.found == ["note R06"])
  }

  @Test("R10: a network on the loopback, but for its own")
  func wideMask() {
    var site = ServerSite()
    site.facts.request.virtualAddresses = [ServerSite.virtual]
    site.move(to: 1, prefix: 24)
    #expect(site.found == ["error R10"])
    #expect(
      site.diagnosis.findings[0].remedy == [
        "ip addr del 192.0.2.100/24 dev lo", "ip addr add 192.0.2.100/32 dev lo",
      ])
  }
}
