// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSHost
internal import IPVSRules
internal import IPVSText

/// What is looked for at a real server, in the order of the catalogue.
package enum RealServerRules {
  /// All rules.
  package static var all: [Rule<RealServerFacts>] {
    [
      Rule(.serverAddressNotLocal, needs: [.links, .addresses, .routes], check: notLocal),
      Rule(
        .serverAnswersARP, .serverAnnouncesARP, needs: [.links, .addresses, .routes, .settings],
        check: addressResolution),
      Rule(.noTunnelDevice, needs: [.links, .addresses], check: noTunnelDevice),
      Rule(
        .tunnelReversePathFilter, needs: [.links, .addresses, .settings],
        check: reversePathFilter),
      Rule(.answersByWrongWay, needs: [.addresses, .routes], check: wayOfAnswers),
      Rule(.nothingListens, needs: [.addresses, .routes, .sockets], check: nothingListens),
      Rule(
        .serverFirewallDrops, needs: [.links, .addresses, .routes, .firewall], check: firewallDrops),
      Rule(.serverMSS, needs: [.links, .addresses, .routes], check: segmentSize),
      Rule(.wideMask, needs: [.links, .addresses], check: wideMask),
    ]
  }

  /// Which findings explain which others.
  package static var suppressions: [Suppression] {
    [
      Suppression(
        by: [.serverAddressNotLocal], hides: [.nothingListens, .serverFirewallDrops],
        ofSameObjects: true),
      Suppression(
        by: [.noTunnelDevice], hides: [.tunnelReversePathFilter, .serverMSS], ofSameObjects: false),
    ]
  }
}

// MARK: - Addresses

extension RealServerRules {
  /// R01: packets for the virtual address are not for this host.
  private static func notLocal(_ facts: RealServerFacts, _ report: inout Report) {
    guard !facts.virtualAddresses.isEmpty else {
      report.skip(.serverAddressNotLocal, "no virtual address is known; --vip names it")
      return
    }
    let local = facts.localVirtualAddresses
    for address in facts.virtualAddresses where !local.contains(address) {
      let length = AddressPrefix.width(of: address.family)
      report.find(
        .serverAddressNotLocal, nil, [.address(address)],
        Evidence("route to \(address)", facts.route(to: address)),
        cause:
          "packets of direct routing and tunnels come for the virtual address, and the server must"
          + " take them for its own",
        remedy: "\(facts.host.entering)ip addr add \(address)/\(length) dev lo")
    }
  }

  /// R10: the loopback makes a whole network local.
  private static func wideMask(_ facts: RealServerFacts, _ report: inout Report) {
    for address in facts.host.addresses {
      guard address.address.family == .ipv4, !address.address.isLoopback,
        address.prefixLength < 32, let link = facts.host.links[address.link],
        link.flags.contains(.loopback)
      else { continue }
      let own = "\(address.address)/\(address.prefixLength)"
      report.find(
        .wideMask, nil, [.address(address.address)],
        Evidence("addresses of \(link.name)", own),
        cause:
          "an address on the loopback makes its whole network local: answers to clients there never"
          + " leave the server",
        remedy: "\(facts.host.entering)ip addr del \(own) dev \(link.name)",
        "\(facts.host.entering)ip addr add \(address.address)/32 dev \(link.name)")
    }
  }
}

extension RealServerFacts {
  /// The answer to the question for a route, in words.
  fileprivate func route(to address: IPAddress) -> String {
    host.routes[RouteQuestion(address)].map { host.words(for: $0) } ?? "not asked"
  }
}

// MARK: - ARP

extension RealServerRules {
  /// The least values at which a link does not answer for an address of another link, for one of
  /// its own, and does not name addresses of other links.
  private enum Quiet {
    static let forOthers = 1
    static let forOwn = 8
    static let announcing = 2
  }

  /// R02 and R03: neighbours learn that the virtual address is at the server.
  private static func addressResolution(_ facts: RealServerFacts, _ report: inout Report) {
    let addresses = facts.localVirtualAddresses.filter { $0.family == .ipv4 }
    guard !facts.virtualAddresses.isEmpty else {
      report.skip(.serverAnswersARP, "no virtual address is known; --vip names it")
      return
    }
    for address in addresses {
      for link in facts.askedLinks {
        checkAnswers(address, link, facts, &report)
        checkAnnouncements(address, link, facts, &report)
      }
    }
  }

  private static func checkAnswers(
    _ address: IPAddress, _ link: Link, _ facts: RealServerFacts, _ report: inout Report
  ) {
    let isOwn = facts.links(with: address).contains { $0.index == link.index }
    let value = facts.setting("arp_ignore", of: link)
    guard value < (isOwn ? Quiet.forOwn : Quiet.forOthers) else { return }
    let isFiltered = facts.firewall.rules.otherFamilies.contains("arp")
    let severity: Severity =
      !facts.isInUse(link, for: address) ? .note : isFiltered ? .warning : .error
    let settings = [
      facts.host.setting("net/ipv4/conf/all/arp_ignore", to: 1),
      facts.host.setting("net/ipv4/conf/all/arp_announce", to: 2),
    ]
    var remedy = settings
    if isOwn {
      remedy =
        [
          "move the address to the loopback: \(facts.host.entering)ip addr del \(address) dev"
            + " \(link.name);"
            + " \(facts.host.entering)ip addr add \(address)/32 dev lo"
        ] + settings
    }
    report.find(
      Finding(
        .serverAnswersARP, severity, [.address(address)],
        evidence("arp_ignore", link, facts)
          + [
            Evidence("the link of \(address)", isOwn ? "\(link.name)" : "another than \(link.name)")
          ],
        cause:
          "who asks for the virtual address may hear the server before the director, and send to it"
          + (isFiltered
            ? ", unless the table arp of nftables, which is not judged, prevents it" : ""),
        remedy: remedy))
  }

  private static func checkAnnouncements(
    _ address: IPAddress, _ link: Link, _ facts: RealServerFacts, _ report: inout Report
  ) {
    guard facts.setting("arp_announce", of: link) < Quiet.announcing else { return }
    report.find(
      Finding(
        .serverAnnouncesARP, facts.isInUse(link, for: address) ? nil : .note, [.address(address)],
        evidence("arp_announce", link, facts),
        cause:
          "a question of the server for a neighbour may name the virtual address as the sender,"
          + " and the neighbour learns it",
        remedy: [facts.host.setting("net/ipv4/conf/all/arp_announce", to: 2)]))
  }

  private static func evidence(
    _ name: String, _ link: Link, _ facts: RealServerFacts
  ) -> [Evidence] {
    ["all", "\(link.name)"].map { "net/ipv4/conf/\($0)/\(name)" }.map {
      .setting($0, facts.host.settings[$0] ?? "not there")
    }
  }
}

// MARK: - Tunnels

extension RealServerRules {
  /// R04: nothing unpacks the tunnel.
  private static func noTunnelDevice(_ facts: RealServerFacts, _ report: inout Report) {
    guard let tunnel = facts.tunnel else { return }
    let links = facts.tunnelLinks
    let kinds = RealServerFacts.linkKinds(of: tunnel).map { "\($0)" }.joined(separator: ", ")
    if !links.contains(where: { $0.flags.contains(.up) }) {
      let states = links.map { Evidence("link \($0.name), \($0.kind ?? "")", "down") }
      let remedy =
        links.isEmpty
        ? tunnel == .gre
          ? "ip link add tun0 type gre local ADDRESS; ip link set tun0 up"
          : "modprobe ipip; \(facts.host.entering)ip link set tunl0 up"
        : "\(facts.host.entering)ip link set \(links[0].name) up"
      report.find(
        Finding(
          .noTunnelDevice, nil, links.map { .link($0.name) },
          states.isEmpty ? [Evidence("links of the kinds \(kinds)", "none")] : states,
          cause: "the server refuses packets of a protocol that no device unpacks", remedy: [remedy]
        ))
    }
    if tunnel == .gue, facts.gaps[.fou] == nil, !facts.fouPorts.contains(where: \.isGUE) {
      report.find(
        .noTunnelDevice, nil, [], Evidence("ports of fou", "none for GUE"),
        cause: "no UDP port unpacks GUE",
        remedy: "\(facts.host.entering)ip fou add port PORT gue, with the port of --tun-port")
    }
  }

  /// R05: what comes out of the tunnel would not go back by it.
  private static func reversePathFilter(_ facts: RealServerFacts, _ report: inout Report) {
    let strict = 1
    for link in facts.tunnelLinks where link.flags.contains(.up) {
      guard facts.setting("rp_filter", of: link) == strict else { continue }
      report.find(
        Finding(
          .tunnelReversePathFilter, nil, [.link(link.name)],
          evidence("rp_filter", link, facts) + counter(facts),
          cause:
            "the strict filter drops packets of clients that come out of the tunnel, as the way"
            + " back to clients is another one; the larger of both settings counts",
          remedy: [facts.host.setting("net/ipv4/conf/\(link.name)/rp_filter", to: 2)]))
    }
  }

  private static func counter(_ facts: RealServerFacts) -> [Evidence] {
    let name = "IPReversePathFilter"
    return facts.host.counters.last.flatMap { counters in
      counters.first { $0.key.hasSuffix(name) }.map { [Evidence("counter \(name)", $0.value)] }
    } ?? []
  }

  /// R09: clients may send more in a segment than fits the tunnel.
  private static func segmentSize(_ facts: RealServerFacts, _ report: inout Report) {
    guard let tunnel = facts.tunnel else { return }
    for family in Set(facts.localVirtualAddresses.map(\.family)).sorted() {
      let client = RealServerFacts.farClient(of: family)
      guard let route = facts.host.routes[RouteQuestion(client)]?.route, route.kind == .unicast,
        let link = route.link.flatMap({ facts.host.links[$0] })
      else { continue }
      let outer = facts.request.director?.family ?? .ipv4
      // The headers of TCP and IP, of the tunnel, and of GUE in UDP or of GRE.
      let inner = family == .ipv4 ? 40 : 60
      let overhead = (outer == .ipv4 ? 20 : 40) + (tunnel == .gue ? 12 : tunnel == .gre ? 4 : 0)
      let mtu = Int(route.mtu ?? link.mtu)
      let offered = route.advertisedMSS.map { Int($0) } ?? mtu - inner
      let fitting = Int(link.mtu) - overhead - inner
      guard offered > fitting else { continue }
      report.find(
        .serverMSS, nil, [.link(link.name)],
        Evidence("the largest segment that the server offers", offered),
        Evidence("what fits the tunnel over \(link.name)", fitting),
        cause:
          "clients send segments that the director cannot put into the tunnel, and must be told"
          + " so; where that message is lost, uploads hang",
        remedy: "\(facts.host.entering)ip route change default"
          + (route.gateway.map { " via \($0)" } ?? "") + " dev \(link.name) advmss \(fitting)")
    }
  }
}

// MARK: - Answers

extension RealServerRules {
  /// R06: answers of masqueraded servers must pass the director, others must not.
  private static func wayOfAnswers(_ facts: RealServerFacts, _ report: inout Report) {
    let isMasqueraded = facts.virtualAddresses.isEmpty
    let addresses = facts.host.addresses.filter {
      $0.address.kind == .unicast && facts.host.links[$0.link]?.flags.contains(.loopback) == false
    }
    for family in Set(addresses.map(\.address.family)).sorted() {
      let client = RealServerFacts.farClient(of: family)
      let gateway = facts.host.routes[RouteQuestion(client)]?.route?.gateway
      let evidence = Evidence("the way to clients, such as \(client)", facts.route(to: client))
      guard let director = facts.request.director else {
        guard let gateway else { continue }
        report.find(
          .answersByWrongWay, .note, [], evidence,
          cause: isMasqueraded
            ? "answers of a masqueraded server must go by the director; --director says whether"
              + " \(gateway) is"
            : "answers of direct routing and tunnels must not go by the director; --director"
              + " says whether \(gateway) is",
          remedy: "run this again with --director ADDRESS")
        continue
      }
      guard director.family == family else { continue }
      let isByDirector = gateway == director
      guard isByDirector != isMasqueraded else { continue }
      report.find(
        .answersByWrongWay, nil, [.address(director)], evidence, Evidence("the director", director),
        cause: isMasqueraded
          ? "answers that do not pass the director keep the address of the server, and clients"
            + " drop them"
          : "the director drops packets that carry its own virtual address as source",
        remedy: isMasqueraded
          ? "\(facts.host.entering)ip route replace default via \(director)"
          : "give the server another gateway than the director")
    }
  }

  /// R07: the server refuses connections to the virtual address.
  private static func nothingListens(_ facts: RealServerFacts, _ report: inout Report) {
    let addresses = facts.localVirtualAddresses
    if let port = facts.request.port {
      let atPort = facts.host.sockets.filter { $0.endpoint.port == port }
      for address in addresses where !atPort.contains(where: { serves($0, address) }) {
        report.find(
          .nothingListens, nil, [.address(address)],
          Evidence("sockets that listen at port \(port)", bound(atPort)),
          cause:
            "packets come for the virtual address, and a socket that is bound to another address does"
            + " not take them",
          remedy: "let the service listen at \(address) or at all addresses")
      }
      if facts.virtualAddresses.isEmpty, atPort.isEmpty {
        report.find(
          .nothingListens, nil, [.named(.port, "\(port)")],
          Evidence("sockets that listen at port \(port)", "none"),
          cause: "the director sends to a port at which no program listens",
          remedy: "start the service")
      }
      return
    }
    let byPort = Dictionary(grouping: facts.host.sockets.filter { $0.transport == .tcp }) {
      $0.endpoint.port
    }
    for (port, sockets) in byPort.sorted(by: { $0.key < $1.key }) {
      let others = sockets.filter { !$0.endpoint.address.isLoopback }
      guard !others.isEmpty, !addresses.isEmpty,
        !addresses.contains(where: { address in others.contains { serves($0, address) } })
      else { continue }
      report.find(
        .nothingListens, .note, addresses.map { .address($0) },
        Evidence("sockets that listen at port \(port)", bound(others)),
        cause: "a service at this port would not get packets for the virtual address",
        remedy:
          "if it is a service of the director, let it listen at all addresses; --port PORT"
          + " checks one"
      )
    }
  }

  private static func serves(_ socket: ListeningSocket, _ address: IPAddress) -> Bool {
    let bound = socket.endpoint.address
    // A socket of IPv6 that is bound to all addresses takes packets of IPv4, unless it is told not
    // to.
    let isForAll = bound.isUnspecified && (bound.family == address.family || bound.family == .ipv6)
    return bound == address || isForAll
  }

  private static func bound(_ sockets: [ListeningSocket]) -> String {
    let names = Set(sockets.map { "\($0.endpoint.address)" }).sorted()
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

// MARK: - Firewall

extension RealServerRules {
  /// R08: packets for the virtual address are dropped.
  private static func firewallDrops(_ facts: RealServerFacts, _ report: inout Report) {
    let paths = FirewallPaths(facts.host)
    for address in facts.localVirtualAddresses {
      for (packet, selector) in packets(for: address, paths, facts) {
        let outcome = FirewallWalk.outcome(
          of: packet, at: [FirewallWalk.Stage(.prerouting), FirewallWalk.Stage(.input)],
          in: facts.firewall.rules[packet.family])
        // Without a port, most rules hold for some packets.
        guard outcome.isDropped || (outcome.mayDrop && facts.request.port != nil) else { continue }
        report.find(
          outcome.finding(
            .serverFirewallDrops, .address(address), selector, facts.host,
            cause: "packets from the director pass the rules of prerouting and input of the server")
        )
      }
    }
  }

  /// Requests for a virtual address as they come, and in their tunnel, with what selects them.
  private static func packets(
    for address: IPAddress, _ paths: FirewallPaths, _ facts: RealServerFacts
  ) -> [(packet: AbstractPacket, selector: Selector?)] {
    var packet = paths.incoming(address.family)
    packet.set(.destination, address)
    packet.set(.connectionState, ConnectionState.new)
    var selector = Selector(address)
    if let port = facts.request.port {
      // Of the two protocols with ports the one of which there is a socket.
      let isUDP = facts.host.sockets.contains { $0.endpoint.port == port && $0.transport == .udp }
      let transport: TransportProtocol = isUDP ? .udp : .tcp
      packet = paths.request(transport, to: Endpoint(address, port: port))
      selector = Selector(address, port: (transport, port))
    }
    guard let tunnel = facts.tunnel else { return [(packet, selector)] }
    var outer = paths.incoming(facts.request.director?.family ?? .ipv4)
    outer.set(.connectionState, ConnectionState.new)
    switch tunnel {
    case .gue:
      outer.set(.transport, TransportProtocol.udp.rawValue)
      let ports = facts.fouPorts.filter(\.isGUE).map { UInt128($0.port) }
      if !ports.isEmpty { outer[.destinationPort] = IntervalSet(numbers: ports) }
    case .gre: outer.set(.transport, 47)
    default: outer.set(.transport, address.family == .ipv4 ? 4 : 41)
    }
    return [(packet, selector), (outer, nil)]
  }
}
