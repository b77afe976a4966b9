// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// What is wrong with the way in (D10 to D13, D30, D31), and what only looks like it.
@Suite struct WayInRulesTests {
  // MARK: - Forwarding

  @Test("D10: masquerading needs forwarding of the link to the server")
  func forwarding() {
    var site = Site()
    site.set("net/ipv4/conf/in/forwarding", 0)
    #expect(site.found == ["error D10"])
    #expect(site.diagnosis.findings[0].objects == [.service(Site.web)])
    #expect(site.diagnosis.findings[0].remedy == ["sysctl -w net.ipv4.conf.in.forwarding=1"])
    site.set("net/ipv4/ip_forward", 0)
    #expect(site.diagnosis.findings[0].remedy == ["sysctl -w net.ipv4.ip_forward=1"])
    // That of another link does not matter.
    site.set("net/ipv4/conf/in/forwarding", 1)
    site.set("net/ipv4/conf/out/forwarding", 0)
    #expect(site.found == [])
  }

  @Test("D10: direct routing, tunnels, and servers on the director itself need no forwarding")
  func noForwarding() {
    var site = Site()
    site.set("net/ipv4/ip_forward", 0)
    for link in ["in", "out"] { site.set("net/ipv4/conf/\(link)/forwarding", 0) }
    site.replace(
      VirtualService(Site.web), [.direct(.of("192.0.2.11:80"))])
    #expect(site.found == [])
    site.replace(VirtualService(Site.web), [.masquerading(.of("192.0.2.1:8081"))])
    site.route("192.0.2.1", .route(Route(.local, link: 1)))
    #expect(site.found == [])
  }

  @Test("D11: of IPv6 the setting of all links counts, and a route by an advertisement is told of")
  func forwardingIPv6() {
    var site = Site()
    site.set("net/ipv6/conf/all/forwarding", 0)
    #expect(site.found == [])
    let identity = ServiceIdentity.endpoint(.tcp, .of("[2001:db8:f::1]:80"))
    site.add(identity, [.masquerading(.of("[2001:db8:d::11]:8080"))])
    #expect(site.found == ["error D11"])
    #expect(site.diagnosis.findings[0].objects == [.service(identity)])
    #expect(!site.diagnosis.findings[0].remedy[0].contains("accept_ra"))
    site.route("2001:db8:ffff:ffff::1", .route(Route(.unicast, link: 3, origin: 9)))
    #expect(site.diagnosis.findings[0].remedy[0].contains("accept_ra"))
  }

  // MARK: - The virtual address

  @Test("D12: the route says whether an address is local, not the list of addresses")
  func notLocal() {
    var site = Site()
    site.route("203.0.113.1", .refused(errno: 101))
    #expect(site.found == ["error D12"])
    #expect(site.diagnosis.findings[0].evidence[0].value == "no route (ENETUNREACH)")
    site.route("203.0.113.1", .route(Route(.unicast, link: 3, gateway: .of("198.51.100.254"))))
    #expect(site.found == ["error D12"])
    // Local by a route, and on no interface.
    site.route("203.0.113.1", .route(Route(.local, link: 1)))
    site.facts.host.addresses.removeLast()
    #expect(site.found == [])
  }

  @Test("D12: an address that is local to packets of one link is local")
  func policyRouting() {
    var site = Site()
    site.route("203.0.113.1", .route(Route(.unicast, link: 3)))
    let address = IPAddress.of("203.0.113.1")
    site.facts.host.routes[RouteQuestion(address, from: .of("198.51.100.3"), inputLink: 3)] =
      .route(Route(.local, link: 1))
    #expect(site.found == [])
    site.facts.host.routes = site.facts.host.routes.filter { $0.key.inputLink == nil }
    site.facts.host.routes[RouteQuestion(address, outputLink: 9)] = .route(Route(.local, link: 9))
    #expect(site.found == [])
  }

  @Test("D12: at a backup it is a note")
  func backup() {
    var site = Site()
    site.route("203.0.113.1", .route(Route(.unicast, link: 3)))
    site.facts.host.processes = [HostProcess(number: 7, name: "keepalived")]
    #expect(site.alarms == [])
    #expect(site.found.contains("note D12"))
  }

  @Test("D12 explains connections without answers of its own services alone")
  func explains() {
    var site = Site()
    site.route("203.0.113.1", .route(Route(.unicast, link: 3)))
    site.tally(Site.first) { $0.opening = 3 }
    site.lookOnce()
    #expect(site.alarms == ["error D12"])
    let other = ServiceIdentity.endpoint(.tcp, .of("203.0.113.2:80"))
    let server = Endpoint.of("192.0.2.13:80")
    site.add(other, [.masquerading(server)])
    let key = ConnectionFacts.ServerKey(server, of: .of("203.0.113.2:80"), .tcp)
    var tally = ConnectionFacts.ServerTally()
    tally.opening = 3
    site.facts.connections[0].servers[key] = tally
    #expect(site.alarms == ["error D12", "warning D25"])
  }

  @Test("D13: another host has the address; one that is new is given time")
  func duplicate() {
    var site = Site()
    let address = IPAddress.of("2001:db8:f::1")
    site.add(
      .endpoint(.tcp, Endpoint(address, port: 80)), [.masquerading(.of("[2001:db8:d::11]:8080"))])
    site.route("2001:db8:f::1", .route(Route(.unicast, link: 3)))
    site.facts.host.addresses.append(
      InterfaceAddress(address, prefixLength: 128, link: 2, flags: [.tentative, .duplicate]))
    #expect(site.found == ["error D13"])
    site.facts.host.addresses[3].flags = .tentative
    #expect(site.found == [])
    site.facts.host.laterAddresses = site.facts.host.addresses
    #expect(site.found == ["warning D13"])
  }

  @Test("D30: a server on the link of its client may be told a shorter way")
  func redirects() {
    var site = Site()
    site.tally(Site.first) { tally in
      tally.client = .of("192.0.2.99")
      tally.established = 4
    }
    site.route("192.0.2.99", .route(Route(.unicast, link: Site.inside)))
    #expect(site.found == ["note D30"])
    site.set("net/ipv4/conf/all/send_redirects", 0)
    #expect(site.found == ["note D30"])
    site.set("net/ipv4/conf/in/send_redirects", 0)
    #expect(site.found == [])
    site.set("net/ipv4/conf/in/send_redirects", 1)
    site.route("192.0.2.99", .route(Route(.unicast, link: Site.outside)))
    #expect(site.found == [])
  }

  @Test("D31: a strict filter whose counter moves; a loose one, or a counter that stands, is fine")
  func reversePath() {
    var site = Site()
    let counter = "TcpExt.IPReversePathFilter"
    site.set("net/ipv4/conf/out/rp_filter", 1)
    site.facts.host.counters = [[counter: 7], [counter: 7]]
    #expect(site.found == [])
    site.facts.host.counters[1][counter] = 9
    #expect(site.found == ["warning D31"])
    #expect(site.diagnosis.findings[0].objects == [.link("out")])
    site.set("net/ipv4/conf/out/rp_filter", 2)
    #expect(site.found == [])
    // The larger of the two counts, and all is 2.
    site.set("net/ipv4/conf/out/rp_filter", 1)
    site.set("net/ipv4/conf/all/rp_filter", 2)
    #expect(site.found == [])
    site.set("net/ipv4/conf/all/rp_filter", 0)
    site.lookOnce()
    #expect(site.found == [])
    #expect(site.diagnosis.skips.map(\.code).contains(.reversePathFilter))
  }
}
