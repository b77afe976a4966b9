// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText

/// The facts of a director at which all is well, and which tests spoil: two masquerading servers on
/// one link, clients on another.
struct Site {
  static let inside: Int32 = 2
  static let outside: Int32 = 3
  static let web = ServiceIdentity.endpoint(.tcp, .of("203.0.113.1:80"))
  static let first = Endpoint.of("192.0.2.11:8080")
  static let second = Endpoint.of("192.0.2.12:8080")

  var facts = DirectorFacts()

  init() {
    facts.kernel = KernelInfo(version: 0x010201, connectionTableSize: 4096)
    facts.timeouts = Timeouts(tcp: 9000, tcpFin: 120, udp: 300)
    facts.host.kernel = RunningKernel("6.1.0")
    facts.host.namespace = 4_026_531_840
    for link in [
      Link(index: 1, name: "lo", flags: [.up, .loopback, .lowerUp], mtu: 65536),
      Link(index: 2, name: "in", flags: [.up, .multicast, .lowerUp], mtu: 1500),
      Link(index: 3, name: "out", flags: [.up, .multicast, .lowerUp], mtu: 1500),
    ] {
      facts.host.links[link.index] = link
    }
    facts.host.addresses = [
      InterfaceAddress(.of("192.0.2.1"), prefixLength: 24, link: 2),
      InterfaceAddress(.of("198.51.100.1"), prefixLength: 24, link: 3),
      InterfaceAddress(.of("203.0.113.1"), prefixLength: 32, link: 1),
    ]
    facts.host.settings = [
      "net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1",
      "net/ipv4/tcp_keepalive_time": "7200",
    ]
    for link in ["all", "in", "out"] {
      facts.host.settings["net/ipv4/conf/\(link)/forwarding"] = "1"
      facts.host.settings["net/ipv4/conf/\(link)/rp_filter"] = "0"
      facts.host.settings["net/ipv4/conf/\(link)/send_redirects"] = "1"
    }
    for (name, value) in [
      ("backup_only", 0), ("conntrack", 0), ("conn_reuse_mode", 1), ("drop_entry", 0),
      ("drop_packet", 0), ("secure_tcp", 0), ("expire_nodest_conn", 0), ("pmtu_disc", 1),
      ("expire_quiescent_template", 0), ("run_estimation", 1), ("schedule_icmp", 0),
      ("ignore_tunneled", 0), ("sloppy_tcp", 0), ("sloppy_sctp", 0),
    ] {
      facts.host.settings["net/ipv4/vs/\(name)"] = "\(value)"
    }
    facts.host.counters = [[:], [:]]
    facts.connections = [ConnectionFacts(), ConnectionFacts()]
    // Packets may have any mark, so that services by mark get some.
    facts.firewall.rules.ipv4.append([
      FirewallChain(
        .nftables("ip"), table: "t", name: "marks", base: ChainBase(.prerouting, priority: -150),
        rules: [FirewallRule([.mark(.unknown("numgen"))], number: 1)])
    ])
    add(Self.web, [.masquerading(Self.first), .masquerading(Self.second)])
  }

  /// Adds a service whose address is local and whose servers are on the link inside.
  mutating func add(
    _ service: VirtualService, _ servers: [RealServer]
  ) {
    facts.services.append(ListedService(service, servers: servers.map { ListedServer($0) }))
    for server in servers {
      facts.host.routes[DirectorFacts.route(to: server, of: service.identity)] =
        .route(Route(.unicast, link: Self.inside))
    }
    if let address = service.identity.virtualAddress {
      facts.host.routes[RouteQuestion(address)] = .route(Route(.local, link: 1))
    }
  }

  mutating func add(_ identity: ServiceIdentity, _ servers: [RealServer]) {
    add(VirtualService(identity), servers)
  }

  /// Leaves no service but one.
  mutating func replace(_ service: VirtualService, _ servers: [RealServer]) {
    facts.services = []
    add(service, servers)
  }

  /// Changes a server of the first service.
  mutating func edit(_ index: Int, _ body: (inout ListedServer) -> Void) {
    body(&facts.services[0].servers[index])
  }

  /// Changes all servers of the first service.
  mutating func editAll(_ body: (inout ListedServer) -> Void) {
    for index in facts.services[0].servers.indices { edit(index, body) }
  }

  mutating func set(_ setting: String, _ value: Int) { facts.host.settings[setting] = "\(value)" }

  mutating func setVS(_ setting: String, _ value: Int) { set("net/ipv4/vs/\(setting)", value) }

  mutating func route(_ address: String, _ answer: RouteAnswer) {
    facts.host.routes[RouteQuestion(.of(address))] = answer
  }

  /// Gives a server of the first service connections, at both looks or at one.
  mutating func tally(
    _ server: Endpoint, looks: Range<Int> = 0..<2,
    _ body: (inout ConnectionFacts.ServerTally) -> Void
  ) {
    guard case .endpoint(_, let virtual) = facts.services[0].service.identity else { return }
    let key = ConnectionFacts.ServerKey(server, of: virtual, .tcp)
    for look in looks {
      body(&facts.connections[look].servers[key, default: ConnectionFacts.ServerTally()])
    }
  }

  /// Takes the second look away, as `--quick` does.
  mutating func lookOnce() {
    facts.gaps[.secondLook] = "there was one look (--quick)"
    facts.connections = facts.connections.dropLast()
    facts.host.counters = facts.host.counters.dropLast()
    facts.laterServers = [:]
  }

  var diagnosis: Diagnosis { Diagnosis(of: facts) }

  /// The codes that are found, with their severities: `error D05`.
  var found: [String] {
    diagnosis.findings.map { "\($0.severity.rawValue) \($0.code.rawValue)" }
  }

  /// The errors and warnings alone.
  var alarms: [String] { found.filter { !$0.hasPrefix("note") } }
}

extension RealServer {
  static func masquerading(_ endpoint: Endpoint) -> RealServer {
    RealServer(endpoint, forwarding: .masquerading)
  }

  static func direct(_ endpoint: Endpoint) -> RealServer {
    RealServer(endpoint, forwarding: .directRouting)
  }

  static func tunnel(_ endpoint: Endpoint, _ tunnel: Tunnel = Tunnel()) -> RealServer {
    RealServer(endpoint, forwarding: .tunneling, tunnel: tunnel)
  }
}

extension Endpoint {
  /// An endpoint of a literal.
  static func of(_ text: String) -> Endpoint { Endpoint(text) ?? Endpoint(.of("0.0.0.0"), port: 0) }
}

extension IPAddress {
  /// An address of a literal.
  static func of(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(IPv4Address(0)) }
}

extension KernelName {
  /// A scheduler of a literal.
  static func scheduler(_ name: String) -> KernelName {
    KernelName(ByteString(name), atMost: KernelName.longestScheduler) ?? .weightedLeastConnections
  }
}
