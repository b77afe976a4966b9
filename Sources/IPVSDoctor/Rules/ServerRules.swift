// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSListing
internal import IPVSRules
internal import IPVSText

extension DirectorRules {
  /// The servers: D20 to D29.
  static var servers: [Rule<DirectorFacts>] {
    [
      Rule(.noRoute, .directRoutingBehindRouter, needs: [.table, .routes]) { facts, report in
        for (service, server) in facts.servers {
          findWay(to: server, service.service.identity, facts, &report)
        }
      },
      Rule(.neighbourSilent, needs: [.table, .links, .routes, .neighbours]) { facts, report in
        for (service, server) in facts.servers {
          findSilence(of: server, service.service.identity, facts, &report)
        }
      },
      Rule(.masqueradingToLoopback, needs: [.table]) { facts, report in
        for (service, server) in facts.servers {
          findLoopback(server.server, service.service.identity, facts, &report)
        }
      },
      Rule(.localServer, needs: [.table, .routes, .sockets]) { facts, report in
        for (service, server) in facts.servers {
          findLocal(server.server, service.service.identity, facts, &report)
        }
      },
      Rule(.answersLost, needs: [.table, .connections]) { facts, report in
        findLostAnswers(facts, &report)
      },
      Rule(.clientInServerNetwork, needs: [.table, .connections, .addresses]) { facts, report in
        findNearClients(facts, &report)
      },
      Rule(.tunnelMTU, needs: [.table, .links, .routes, .vsSettings]) { facts, report in
        findNarrowTunnels(facts, &report)
      },
      Rule(.mixedFamilies, needs: [.table]) { facts, report in
        for (service, server) in facts.servers
        where server.server.endpoint.address.family != service.service.identity.family {
          findMixture(server.server, service.service.identity, &report)
        }
      },
      Rule(.martianAnswers, needs: [.table, .secondLook]) { facts, report in
        findMartians(facts, &report)
      },
    ]
  }

  // MARK: - The way to a server

  /// What keeps packets from a server keeps no client away from one that gets none.
  private static func severity(_ server: ListedServer) -> Severity {
    server.server.weight == .quiesced && server.activeConnections == 0 ? .note : .error
  }

  private static func findWay(
    to listed: ListedServer, _ identity: ServiceIdentity, _ facts: DirectorFacts,
    _ report: inout Report
  ) {
    let server = listed.server
    guard let answer = facts.answer(for: server, of: identity) else { return }
    let object = FindingObject.server(server.endpoint, of: identity)
    let evidence = Evidence(
      "RTM_GETROUTE \(server.endpoint.address)", facts.host.words(for: answer))
    guard let route = answer.route, route.kind == .unicast || route.kind == .local else {
      report.find(
        .noRoute, severity(listed), [object], evidence,
        cause: "packets for the server cannot leave the director",
        remedy: facts.host.command("ip route add \(server.endpoint.address) via ROUTER"))
      return
    }
    guard server.forwarding == .directRouting, route.kind == .unicast, route.gateway != nil else {
      return
    }
    report.find(
      .directRoutingBehindRouter, severity(listed), [object], evidence,
      cause:
        "direct routing puts packets for the virtual address on the link; the router gets them, and "
        + "routes them by that address",
      remedy:
        "a tunnel ('\(facts.host.program) -e \(identity.typed) -r \(server.endpoint) -i --keep-rest'), or "
        + "masquerading (-m)")
  }

  private static func findSilence(
    of listed: ListedServer, _ identity: ServiceIdentity, _ facts: DirectorFacts,
    _ report: inout Report
  ) {
    guard let host = facts.neighbour(of: listed.server, of: identity),
      let states = facts.host.neighbours[host], let last = states.last
    else { return }
    // While a host is asked it is incomplete for a second or so.
    let isSilent =
      states.count > 1
      ? states.allSatisfy { !$0.isDisjoint(with: [.failed, .incomplete]) } : last.contains(.failed)
    guard isSilent else { return }
    let link = facts.host.name(ofLink: host.link)
    let isRouter = host.address != listed.server.endpoint.address
    report.find(
      .neighbourSilent, severity(listed), [.server(listed.server.endpoint, of: identity)],
      Evidence(
        "RTM_GETNEIGH \(host.address) on \(link)", last.contains(.failed) ? "failed" : "incomplete"),
      cause: isRouter
        ? "the router to the server does not answer when it is asked for its link address"
        : "the server does not answer when it is asked for its link address",
      remedy: "see whether it is up and on the same network: "
        + facts.host.command("ip neigh show \(host.address)"))
  }

  private static func findLoopback(
    _ server: RealServer, _ identity: ServiceIdentity, _ facts: DirectorFacts,
    _ report: inout Report
  ) {
    guard server.forwarding == .masquerading, server.endpoint.address.isLoopback else { return }
    report.find(
      .masqueradingToLoopback, nil, [.server(server.endpoint, of: identity)],
      Evidence("IPVS_CMD_GET_DEST", "\(server.endpoint), masquerading"),
      cause: "packets from outside must not go to the loopback, and are dropped",
      remedy:
        "an address of the director on another link, or direct routing (-g) with the port of the "
        + "service")
  }

  private static func findLocal(
    _ server: RealServer, _ identity: ServiceIdentity, _ facts: DirectorFacts,
    _ report: inout Report
  ) {
    guard server.forwarding != .masquerading, case .endpoint(let transport, let virtual) = identity,
      facts.route(to: server, of: identity)?.kind == .local
    else { return }
    let object = FindingObject.server(server.endpoint, of: identity)
    let isHeard = facts.host.sockets.contains { socket in
      socket.transport == transport && socket.endpoint.port == virtual.port
        && (socket.endpoint.address.isUnspecified || socket.endpoint.address == virtual.address)
    }
    let isJudged = virtual.port != 0 && (transport == .tcp || transport == .udp)
    guard isJudged, !isHeard else {
      report.find(
        .localServer, nil, [object],
        Evidence("RTM_GETROUTE \(server.endpoint.address)", "local"),
        cause: "packets are delivered to the programs of the director, at \(virtual)",
        remedy: "nothing, if that is meant")
      return
    }
    report.find(
      .localServer, .error, [object],
      Evidence("RTM_GETROUTE \(server.endpoint.address)", "local"),
      Evidence("/proc/net/\(transport == .tcp ? "tcp" : "udp")", "nothing at port \(virtual.port)"),
      cause:
        "packets are delivered to the programs of the director, at \(virtual), and none of them "
        + "listens there",
      remedy: "start the server at port \(virtual.port) of all addresses or of \(virtual.address)")
  }

  // MARK: - Answers

  private static func findLostAnswers(_ facts: DirectorFacts, _ report: inout Report) {
    let index = ConnectionIndex(facts.connections)
    for listed in facts.services {
      let identity = listed.service.identity
      guard identity.carriesStreams else { continue }
      let servers = listed.servers.filter { $0.server.forwarding == .masquerading }
      let silent = servers.filter { isUnheard($0, identity, index, facts) }
      let active = servers.filter { index.hasConnections($0.server.endpoint, identity) }
      for server in silent {
        let tally = index.last(server.server.endpoint, identity)
        let isAll = silent.count == active.count && silent.count > 1
        let endpoint = server.server.endpoint
        report.find(
          .answersLost, nil, [.server(endpoint, of: identity)],
          Evidence(
            "/proc/net/ip_vs_conn \(endpoint)",
            "\(tally.opening) in SYN_RECV, \(tally.established) established"),
          cause: isAll
            ? "all servers alike have connections that are not answered: a flood of SYN, or their answers "
              + "take another way or are dropped here"
            : "the server does not answer at all, or its answers go by another gateway, or they are "
              + "dropped here",
          remedy:
            "at the server: ip route replace default via DIRECTOR; '\(facts.host.program) --doctor "
            + "--real-server' there says more")
      }
    }
  }

  private static func isUnheard(
    _ server: ListedServer, _ identity: ServiceIdentity, _ index: ConnectionIndex,
    _ facts: DirectorFacts
  ) -> Bool {
    let endpoint = server.server.endpoint
    let tally = index.last(endpoint, identity)
    let isHalfOpen = tally.opening >= 2 && tally.established == 0
    // Half-open connections stay for a minute after what they suffered from was mended: alone they tell
    // something where nothing was ever answered.
    let isNeverAnswered = isHalfOpen && tally.finished == 0
    guard let later = facts.laterServers[identity]?.first(where: { $0.server.endpoint == endpoint })
    else { return !index.hasTwoLooks && isNeverAnswered }
    let first = index.first(endpoint, identity)
    let isWaiting = isHalfOpen && first.opening >= 2 && first.established == 0
    let isGrowing = isWaiting && tally.opening > first.opening
    // The kernel brings counters up to date every two seconds, so that those of the second look may hold what
    // passed before the first. Connections are counted as they are.
    if isGrowing, tally.finished <= first.finished { return true }
    let before = server.statistics.totals
    let after = later.statistics.totals
    guard after.outboundPackets == before.outboundPackets else { return false }
    if after.inboundPackets >= before.inboundPackets &+ 3 { return true }
    return isGrowing || isWaiting && isNeverAnswered
  }

  private static func findNearClients(_ facts: DirectorFacts, _ report: inout Report) {
    let index = ConnectionIndex(facts.connections)
    let networks = facts.host.networks
    for (service, listed) in facts.servers {
      let server = listed.server
      let identity = service.service.identity
      guard server.forwarding == .masquerading,
        let (network, number) = networks.first(where: { $0.0.contains(server.endpoint.address) })
      else { continue }
      let link = facts.host.name(ofLink: number)
      let waiting = Set(index.last(server.endpoint, identity).openingClients)
      let before = index.first(server.endpoint, identity)
      let near = waiting.filter {
        network.contains($0) && (!index.hasTwoLooks || before.openingClients.contains($0))
      }.sorted()
      if let client = near.first {
        report.find(
          .clientInServerNetwork, nil, [.server(server.endpoint, of: identity)],
          Evidence("/proc/net/ip_vs_conn \(client) to \(server.endpoint)", "SYN_RECV"),
          Evidence("RTM_GETADDR on \(link)", "\(network)"),
          cause:
            "the server answers a client of its own network directly, from its own address, which the "
            + "client does not know",
          remedy:
            "masquerade what goes from \(network) to \(network): nft add rule ip NAT postrouting ip saddr "
            + "\(network) ip daddr \(network) masquerade, and "
            + facts.host.setting("net/ipv4/vs/conntrack", to: 1),
          "or direct routing (-g)")
      } else if let address = identity.virtualAddress, network.contains(address) {
        report.find(
          .clientInServerNetwork, .note, [.server(server.endpoint, of: identity)],
          Evidence("RTM_GETADDR on \(link)", "\(network)"),
          cause:
            "the virtual address is in the network of the server: clients of that network would be "
            + "answered directly, and drop the answers",
          remedy: "nothing, if clients come from elsewhere")
      }
    }
  }

  private static func findMartians(_ facts: DirectorFacts, _ report: inout Report) {
    let counter = "rt_cache.in_martian_src"
    guard let rise = facts.host.rise(of: counter), rise > 0 else { return }
    let direct = facts.servers.filter {
      $0.server.server.forwarding == .directRouting || $0.server.server.forwarding == .tunneling
    }
    guard !direct.isEmpty else { return }
    let isAll = direct.count == facts.services.reduce(0) { $0 + $1.servers.count }
    report.find(
      .martianAnswers, isAll ? .error : .warning,
      direct.map { .server($0.server.server.endpoint, of: $0.service.service.identity) },
      Evidence("/proc/net/stat/rt_cache in_martian_src", "\(rise) more in this time"),
      cause:
        "the director is the gateway of servers that answer with its own virtual address, and drops "
        + "such packets" + (isAll ? "" : "; other packets with odd sources count as well"),
      remedy:
        "another gateway for the servers (at the server: ip route replace default via ROUTER), or "
        + "masquerading (-m)")
  }

  // MARK: - Tunnels

  /// The kinds of links that wrap packets: their MTU is not that of clients.
  private static let wrappingKinds: Set<String> = [
    "ipip", "sit", "gre", "gretap", "ip6tnl", "ip6gre", "ip6gretap", "vti", "vti6", "erspan",
    "ip6erspan", "wireguard", "vxlan", "geneve", "tun", "xfrm", "dummy",
  ]

  /// What most links of clients take.
  private static let usualMTU: UInt32 = 1500

  private static func findNarrowTunnels(_ facts: DirectorFacts, _ report: inout Report) {
    // The director cuts packets into fragments then.
    guard facts.host.number("net/ipv4/vs/pmtu_disc") != 0 else { return }
    let links = facts.host.links.values.filter { link in
      link.flags.contains(.up) && link.flags.isDisjoint(with: [.loopback, .noARP, .pointToPoint])
        && !wrappingKinds.contains("\(link.kind ?? "")")
    }
    let wanted = min(usualMTU, links.map(\.mtu).min() ?? usualMTU)
    for (service, listed) in facts.servers {
      let server = listed.server
      let identity = service.service.identity
      guard server.forwarding == .tunneling, identity.carriesStreams,
        let route = facts.route(to: server, of: identity), route.kind == .unicast,
        let link = route.link.flatMap({ facts.host.links[$0] })
      else { continue }
      let mtu = route.mtu ?? link.mtu
      let room = Int(mtu) - server.tunnelOverhead
      guard room < Int(wanted) else { continue }
      let headers = identity.family == .ipv4 ? 40 : 60
      report.find(
        .tunnelMTU, nil, [.server(server.endpoint, of: identity)],
        Evidence("RTM_GETROUTE \(server.endpoint.address), MTU by \(link.name)", "\(mtu)"),
        Evidence("headers of \(server.tunnel)", "\(server.tunnelOverhead) bytes"),
        cause:
          "\(room) bytes are left, and clients send packets of up to \(wanted); nothing fails where "
          + "the servers offer segments that fit, which cannot be seen here",
        remedy:
          "at the servers: ip route change ROUTE advmss \(max(room - headers, 0))",
        "or an MTU of \(Int(wanted) + server.tunnelOverhead) or more on the links to the servers")
    }
  }

  private static func findMixture(
    _ server: RealServer, _ identity: ServiceIdentity, _ report: inout Report
  ) {
    let device =
      switch (server.tunnel.kind, identity.family) {
      case (.gue, _): "a port of fou(8) with gue"
      case (_, .ipv4): "a device ip6tnl of the mode ipip6 or any"
      case (_, .ipv6): "a device sit"
      }
    report.find(
      .mixedFamilies, nil, [.server(server.endpoint, of: identity)],
      Evidence("IPVS_CMD_GET_DEST", "\(server.endpoint) of a service of \(identity.family)"),
      cause:
        "the server needs \(device) to unpack such packets; with such servers the sync daemons cannot "
        + "run",
      remedy: "nothing, if the server has it")
  }
}

extension HostFacts {
  /// The networks on the links, which have more than one address, and the index of the link.
  fileprivate var networks: [(AddressPrefix, Int32)] {
    addresses.compactMap { own in
      guard Int(own.prefixLength) < AddressPrefix.width(of: own.address.family) else { return nil }
      return own.network.map { ($0, own.link) }
    }
  }
}

extension ServiceIdentity {
  /// Whether connections of TCP may belong to the service.
  var carriesStreams: Bool {
    if case .endpoint(let transport, _) = self { transport == .tcp } else { true }
  }
}

extension RealServer {
  /// The bytes that the headers of its tunnel take: those of IP, and behind them of GUE 8 of UDP and 4, of
  /// GRE 4, and 4 for a checksum.
  var tunnelOverhead: Int {
    let outer = endpoint.address.family == .ipv4 ? 20 : 40
    return switch tunnel.kind {
    case .gue: outer + 12
    case .gre: outer + (tunnel.flags.contains(.checksum) ? 8 : 4)
    default: outer
    }
  }
}
