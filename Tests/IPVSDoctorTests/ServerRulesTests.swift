// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// What is wrong with the servers and the way to them (D20 to D29), and what only looks like it.
@Suite struct ServerRulesTests {
  @Test(
    "D20: there is no route to a server",
    arguments: [
      RouteAnswer.refused(errno: 101), .refused(errno: 113), .refused(errno: 13),
      .route(Route(.blackhole)), .route(Route(.unreachable)), .route(Route(.prohibit)),
      .route(Route(nil)),
    ])
  func noRoute(_ answer: RouteAnswer) {
    var site = Site()
    site.route("192.0.2.11", answer)
    #expect(site.found == ["error D20"])
    #expect(site.diagnosis.findings[0].objects == [.server(Site.first, of: Site.web)])
    site.edit(0) { $0.server.weight = .quiesced }
    #expect(site.found == ["note D20"])
  }

  @Test("D20: a service for a mark asks with it")
  func markedRoute() {
    var site = Site()
    site.replace(VirtualService(.mark(7, .ipv4)), [.masquerading(Site.first)])
    site.route("192.0.2.11", .refused(errno: 101))
    #expect(site.found == [])
    site.facts.host.routes[RouteQuestion(.of("192.0.2.11"), mark: 7)] = .refused(errno: 101)
    #expect(site.found == ["error D20"])
  }

  @Test("D21: a neighbour that fails in both looks")
  func neighbour() {
    var site = Site()
    let host = NeighbourQuestion(.of("192.0.2.11"), on: Site.inside)
    for states: [NeighbourState] in [
      [.failed, .failed], [.incomplete, .failed], [.incomplete, .incomplete], [.failed],
    ] {
      site.facts.host.neighbours[host] = states
      #expect(site.found == ["error D21"], "\(states)")
    }
    for states: [NeighbourState] in [
      [[], []], [.stale, .stale], [.incomplete, .reachable], [.failed, .reachable],
      [.reachable, .incomplete], [.permanent, .permanent], [.incomplete],
    ] {
      site.facts.host.neighbours[host] = states
      #expect(site.found == [], "\(states)")
    }
  }

  @Test("D21: the neighbour is the router where there is one, and links without ARP have none")
  func router() {
    var site = Site()
    let router = NeighbourQuestion(.of("192.0.2.254"), on: Site.inside)
    site.facts.host.neighbours[router] = [.failed, .failed]
    site.route(
      "192.0.2.11", .route(Route(.unicast, link: Site.inside, gateway: .of("192.0.2.254"))))
    #expect(site.found == ["error D21"])
    site.facts.host.links[Site.inside]?.flags.insert(.noARP)
    #expect(site.found == [])
  }

  @Test("D22: direct routing to a server behind a router; other methods may be routed")
  func behindRouter() {
    var site = Site()
    let routed = RouteAnswer.route(
      Route(.unicast, link: Site.inside, gateway: .of("192.0.2.254")))
    site.replace(VirtualService(Site.web), [.direct(.of("198.18.7.12:80"))])
    #expect(site.found == [])
    site.route("198.18.7.12", routed)
    #expect(site.found == ["error D22"])
    site.replace(VirtualService(Site.web), [.masquerading(.of("198.18.7.12:80"))])
    site.route("198.18.7.12", routed)
    #expect(site.found == [])
  }

  @Test("D23: masquerading to the loopback; direct routing to it and own addresses serve")
  func loopback() {
    var site = Site()
    site.replace(VirtualService(Site.web), [.masquerading(.of("127.0.0.1:8081"))])
    site.route("127.0.0.1", .route(Route(.local, link: 1)))
    #expect(site.found == ["error D23"])
    site.replace(VirtualService(Site.web), [.masquerading(.of("192.0.2.1:8081"))])
    site.route("192.0.2.1", .route(Route(.local, link: 1)))
    #expect(site.found == [])
    site.replace(VirtualService(Site.web), [.direct(.of("127.0.0.1:80"))])
    site.route("127.0.0.1", .route(Route(.local, link: 1)))
    site.facts.host.sockets = [ListeningSocket(.tcp, .of("0.0.0.0:80"))]
    #expect(site.found == ["note D24"])
  }

  @Test("D24: something must listen at the port of the service")
  func localServer() {
    var site = Site()
    site.replace(VirtualService(Site.web), [.direct(.of("192.0.2.1:80"))])
    site.route("192.0.2.1", .route(Route(.local, link: 1)))
    for (socket, found) in [
      (ListeningSocket(.tcp, .of("0.0.0.0:80")), "note D24"),
      (ListeningSocket(.tcp, .of("[::]:80")), "note D24"),
      (ListeningSocket(.tcp, .of("203.0.113.1:80")), "note D24"),
      (ListeningSocket(.tcp, .of("192.0.2.1:80")), "error D24"),
      (ListeningSocket(.tcp, .of("0.0.0.0:8080")), "error D24"),
      (ListeningSocket(.udp, .of("0.0.0.0:80")), "error D24"),
    ] {
      site.facts.host.sockets = [socket]
      #expect(site.found == [found], "\(socket)")
    }
    site.facts.gaps[.sockets] = "/proc/net/tcp cannot be read"
    #expect(site.found == [])
  }

  // MARK: - Answers

  /// Lets packets go to a server between the looks, and some come back.
  private func traffic(_ site: inout Site, inbound: UInt64, outbound: UInt64) {
    var later = site.facts.services[0].servers
    later[0].statistics.totals.inboundPackets += inbound
    later[0].statistics.totals.outboundPackets += outbound
    site.facts.laterServers[Site.web] = later
  }

  @Test("D25: packets go to a server and none come back")
  func lostAnswers() {
    var site = Site()
    traffic(&site, inbound: 3, outbound: 0)
    #expect(site.found == ["warning D25"])
    traffic(&site, inbound: 3, outbound: 1)
    #expect(site.found == [])
    traffic(&site, inbound: 2, outbound: 0)
    #expect(site.found == [])
    // A server that was added anew begins to count at 0.
    site.edit(0) { $0.statistics.totals.inboundPackets = 9 }
    traffic(&site, inbound: 0, outbound: 0)
    site.facts.laterServers[Site.web]?[0].statistics.totals = Traffic()
    #expect(site.found == [])
  }

  @Test("D25: connections stay half-open in both looks; a busy server's answers are seen")
  func halfOpen() {
    var site = Site()
    traffic(&site, inbound: 0, outbound: 0)
    site.tally(Site.first) { $0.opening = 2 }
    #expect(site.found == ["warning D25"])
    // The rest of what was mended: others were answered since.
    site.tally(Site.first) { $0.finished = 90 }
    #expect(site.found == [])
    site.tally(Site.first, looks: 1..<2) { $0.opening = 3 }
    #expect(site.found == ["warning D25"])
    site.tally(Site.first, looks: 1..<2) { $0.established = 1 }
    #expect(site.found == [])
    site.tally(Site.first, looks: 1..<2) { tally in
      tally.established = 0
      tally.opening = 1
    }
    #expect(site.found == [])
    site.tally(Site.first) { $0.opening = 2 }
    traffic(&site, inbound: 9, outbound: 9)
    #expect(site.found == [])
    // The counters moved for what was answered before the first look; since then nothing is.
    site.tally(Site.first, looks: 1..<2) { $0.opening = 4 }
    #expect(site.found == ["warning D25"])
    site.tally(Site.first, looks: 1..<2) { $0.finished = 91 }
    #expect(site.found == [])
  }

  @Test("D25: one look takes a server for silent only where it never answered")
  func oneLook() {
    var site = Site()
    site.tally(Site.first) { $0.opening = 2 }
    site.lookOnce()
    #expect(site.found == ["warning D25"])
    site.tally(Site.first, looks: 0..<1) { $0.finished = 1 }
    #expect(site.found == [])
  }

  @Test("D25: what explains silence is found instead", arguments: [0, 1, 2])
  func explained(_ which: Int) {
    var site = Site()
    traffic(&site, inbound: 9, outbound: 0)
    switch which {
    case 0: site.set("net/ipv4/conf/in/forwarding", 0)
    case 1:
      site.facts.host.neighbours[NeighbourQuestion(.of("192.0.2.11"), on: Site.inside)] = [
        .failed, .failed,
      ]
    default: site.route("192.0.2.11", .refused(errno: 101))
    }
    #expect(site.alarms.count == 1)
    #expect(!site.alarms[0].hasSuffix("D25"))
  }

  @Test("D25: direct routing shows no answers, and that is well")
  func directRouting() {
    var site = Site()
    site.replace(VirtualService(Site.web), [.direct(.of("192.0.2.11:80"))])
    site.tally(.of("192.0.2.11:80")) { $0.opening = 9 }
    traffic(&site, inbound: 90, outbound: 0)
    #expect(site.found == [])
    #expect(site.diagnosis.closing != nil)
    site.tally(.of("192.0.2.11:80"), looks: 1..<2) { $0.established = 1 }
    #expect(site.diagnosis.closing == nil)
  }

  @Test("D26: a client in the network of its server, whose connections stay half-open")
  func nearClient() {
    var site = Site()
    traffic(&site, inbound: 9, outbound: 0)
    site.tally(Site.first) { tally in
      tally.opening = 2
      tally.openingClients = [.of("192.0.2.99")]
    }
    #expect(site.found == ["error D26"])
    // At the second look it has opened.
    traffic(&site, inbound: 9, outbound: 9)
    site.tally(Site.first, looks: 1..<2) { tally in
      tally.established = 2
      tally.opening = 0
      tally.openingClients = []
    }
    #expect(site.found == [])
    site.tally(Site.first) { $0.openingClients = [.of("198.51.100.10")] }
    #expect(site.found == [])
  }

  @Test("D26: a virtual address in the network of the servers is worth a note")
  func nearAddress() {
    var site = Site()
    site.replace(
      VirtualService(.endpoint(.tcp, .of("192.0.2.100:80"))), [.masquerading(Site.first)])
    #expect(site.found == ["note D26"])
    site.replace(
      VirtualService(.endpoint(.tcp, .of("192.0.2.100:80"))), [.direct(.of("192.0.2.11:80"))])
    #expect(site.found == [])
  }

  // MARK: - Tunnels

  @Test(
    "D27: what a tunnel leaves of the link's MTU",
    arguments: [
      (Tunnel(), 1519, 1520), (Tunnel(.gue, port: 6080), 1531, 1532), (Tunnel(.gre), 1523, 1524),
      (Tunnel(.gre, flags: .checksum), 1527, 1528),
    ] as [(Tunnel, UInt32, UInt32)])
  func tunnelMTU(_ row: (tunnel: Tunnel, narrow: UInt32, wide: UInt32)) {
    var site = Site()
    site.replace(VirtualService(Site.web), [.tunnel(.of("192.0.2.11:80"), row.tunnel)])
    site.facts.host.links[Site.inside]?.mtu = row.narrow
    #expect(site.found == ["warning D27"])
    site.facts.host.links[Site.inside]?.mtu = row.wide
    #expect(site.found == [])
    site.facts.host.routes[RouteQuestion(.of("192.0.2.11"))] =
      .route(Route(.unicast, link: Site.inside, mtu: row.narrow))
    #expect(site.found == ["warning D27"])
    site.setVS("pmtu_disc", 0)
    #expect(site.found == [])
  }

  @Test("D27: clients on a narrow link send less, and tunnels of the director do not count")
  func narrowClients() {
    var site = Site()
    site.replace(VirtualService(Site.web), [.tunnel(.of("192.0.2.11:80"))])
    site.facts.host.links[Site.outside]?.mtu = 1480
    #expect(site.found == [])
    site.facts.host.links[Site.outside]?.mtu = 1500
    site.facts.host.links[9] = Link(
      index: 9, name: "tunl0", flags: [.up, .noARP], mtu: 1480, kind: "ipip")
    #expect(site.found == ["warning D27"])
    site.replace(
      VirtualService(.endpoint(.udp, .of("203.0.113.1:53"))), [.tunnel(.of("192.0.2.11:53"))])
    #expect(site.alarms == [])
  }

  @Test("D28: a server of the other family")
  func mixed() {
    var site = Site()
    site.facts.host.links[Site.inside]?.mtu = 9000
    site.replace(VirtualService(Site.web), [.tunnel(.of("[2001:db8:d::11]:80"))])
    #expect(site.found == ["note D28"])
  }

  @Test("D29: martians arrive while servers answer directly; with others about, it is a warning")
  func martians() {
    var site = Site()
    let counter = "rt_cache.in_martian_src"
    site.facts.host.counters = [[counter: 1], [counter: 5]]
    #expect(site.found == [])
    site.replace(VirtualService(Site.web), [.direct(.of("192.0.2.11:80"))])
    #expect(site.found == ["error D29"])
    site.add(
      .endpoint(.tcp, .of("203.0.113.2:80")), [.masquerading(.of("192.0.2.13:80"))])
    #expect(site.found == ["warning D29"])
    site.facts.host.counters[1][counter] = 1
    #expect(site.found == [])
  }
}
