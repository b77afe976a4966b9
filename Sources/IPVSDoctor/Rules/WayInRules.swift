// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSRules
internal import IPVSText

extension DirectorRules {
  /// The way in: D10 to D13, D30, and D31.
  static var wayIn: [Rule<DirectorFacts>] {
    [
      Rule(.forwardingOff, needs: [.table, .settings, .links, .routes]) { facts, report in
        findForwardingOff(facts, &report)
      },
      Rule(.forwardingOffIPv6, needs: [.table, .settings, .routes]) { facts, report in
        findForwardingOffIPv6(facts, &report)
      },
      Rule(.addressDuplicate, needs: [.table, .addresses]) { facts, report in
        findDuplicates(facts, &report)
      },
      Rule(.addressNotLocal, needs: [.table, .addresses, .routes]) { facts, report in
        findForeignAddresses(facts, &report)
      },
      Rule(
        .redirects, needs: [.table, .settings, .links, .routes, .connections]
      ) { facts, report in
        findRedirects(facts, &report)
      },
      Rule(
        .reversePathFilter, needs: [.table, .settings, .links, .secondLook]
      ) { facts, report in
        findReversePathFilter(facts, &report)
      },
    ]
  }

  // MARK: - Forwarding

  private static func findForwardingOff(_ facts: DirectorFacts, _ report: inout Report) {
    for listed in facts.services {
      let identity = listed.service.identity
      for server in listed.servers.map(\.server)
      where server.forwarding == .masquerading && server.endpoint.address.family == .ipv4 {
        guard let route = facts.route(to: server, of: identity), route.kind == .unicast,
          let name = route.link.flatMap({ facts.host.links[$0]?.name })
        else { continue }
        let setting = "net/ipv4/conf/\(name)/forwarding"
        guard facts.host.settings[setting] == "0" else { continue }
        let isOffAtAll = facts.host.settings["net/ipv4/ip_forward"] == "0"
        let named = isOffAtAll ? "net/ipv4/ip_forward" : setting
        report.find(
          .forwardingOff, nil, [.service(identity)], .setting(named, "0"),
          cause: "answers of masquerading servers pass the director as forwarded packets, and are "
            + "dropped",
          remedy: facts.host.setting(named, to: 1))
        break
      }
    }
  }

  private static func findForwardingOffIPv6(_ facts: DirectorFacts, _ report: inout Report) {
    let setting = "net/ipv6/conf/all/forwarding"
    guard facts.host.settings[setting] == "0" else { return }
    let services = facts.services.filter { listed in
      listed.servers.contains { server in
        server.server.forwarding == .masquerading
          && server.server.endpoint.address.family == .ipv6
          && facts.route(to: server.server, of: listed.service.identity)?.kind == .unicast
      }
    }
    guard !services.isEmpty else { return }
    let routerProtocol: UInt8 = 9
    let isAdvertised =
      facts.host.routes[.anywhereIPv6]?.route?.origin == routerProtocol
    report.find(
      .forwardingOffIPv6, nil, services.map { .service($0.service.identity) },
      .setting(setting, "0"),
      cause: "answers of masquerading servers pass the director as forwarded packets, and are "
        + "dropped; of IPv6 the setting of all links alone counts",
      remedy: facts.host.setting(setting, to: 1)
        + (isAdvertised
          ? "; first net.ipv6.conf.LINK.accept_ra=2, or the default route, which a router advertised, "
            + "is lost"
          : ""))
  }

  // MARK: - Virtual addresses

  private static func findDuplicates(_ facts: DirectorFacts, _ report: inout Report) {
    let unusable = Dictionary(grouping: facts.host.unusableAddresses, by: \.address)
    for address in facts.virtualAddresses where address.family == .ipv6 {
      let own = unusable[address] ?? []
      if let duplicate = own.first(where: { $0.flags.contains(.duplicate) }) {
        let link = facts.host.name(ofLink: duplicate.link)
        report.find(
          .addressDuplicate, nil, [.address(address)],
          Evidence("RTM_GETADDR \(address) on \(link)", "duplicate"),
          cause:
            "another host on the link has the address, such as a server that has it there and not "
            + "on its loopback",
          remedy: "at the servers, move the address to lo",
          facts.host.command("ip addr replace \(address)/128 dev \(link) nodad"))
      } else if !own.isEmpty,
        facts.host.laterAddresses.contains(where: {
          $0.address == address && $0.flags.contains(.tentative)
        })
      {
        let link = facts.host.name(ofLink: own.first?.link)
        report.find(
          .addressDuplicate, .warning, [.address(address)],
          Evidence("RTM_GETADDR \(address) on \(link)", "tentative for more than two seconds"),
          cause:
            "it is not yet known whether another host has the address, and until then it is not "
            + "used",
          remedy: facts.host.command("ip addr replace \(address)/128 dev \(link) nodad"))
      }
    }
  }

  private static func findForeignAddresses(_ facts: DirectorFacts, _ report: inout Report) {
    let local = facts.localByLink
    // The kernel has them, and does not use them yet, or not at all (D13).
    let held = Set(facts.host.unusableAddresses.map(\.address))
    let isBackup = facts.hands.contains("keepalived") || facts.hasDaemon(.backup)
    for address in facts.virtualAddresses {
      guard let answer = facts.host.routes[RouteQuestion(address)], answer.route?.kind != .local,
        !local.contains(address), !held.contains(address)
      else { continue }
      report.find(
        .addressNotLocal, isBackup ? .note : .error, [.address(address)],
        Evidence("RTM_GETROUTE \(address)", facts.host.words(for: answer)),
        cause: "IPVS sees packets that are delivered to the director alone, and these are not"
          + (isBackup ? "; on a backup that is meant" : ""),
        remedy: facts.host.command(
          "ip addr add \(address)/\(AddressPrefix.width(of: address.family)) dev "
            + linkFor(address, facts)))
    }
  }

  /// Where an address belongs: the link of its network. The loopback serves as well, as Linux answers ARP for
  /// an address whichever link has it; the next router must have a route then.
  private static func linkFor(_ address: IPAddress, _ facts: DirectorFacts) -> String {
    let neighbour = facts.host.addresses.first { own in
      AddressPrefix(own.address, length: Int(own.prefixLength))?.contains(address) == true
    }
    return neighbour.map { facts.host.name(ofLink: $0.link) } ?? "lo"
  }

  // MARK: - The way back

  private static func findRedirects(_ facts: DirectorFacts, _ report: inout Report) {
    guard let tallies = facts.connections.last else { return }
    var clients: [Endpoint: IPAddress] = [:]
    for (key, tally) in tallies.servers {
      if let client = tally.client { clients[key.endpoint] = client }
    }
    for (service, listed) in facts.servers {
      let server = listed.server
      let identity = service.service.identity
      guard server.forwarding == .masquerading, server.endpoint.address.family == .ipv4,
        let client = clients[server.endpoint],
        let way = facts.route(to: server, of: identity), way.kind == .unicast,
        let back = facts.host.routes[RouteQuestion(client)]?.route, back.kind == .unicast,
        let link = way.link, link == back.link
      else { continue }
      let name = facts.host.name(ofLink: link)
      let settings = ["all", name].map { "net/ipv4/conf/\($0)/send_redirects" }
      guard settings.contains(where: { facts.host.number($0) == 1 }) else { continue }
      report.find(
        .redirects, nil, [.server(server.endpoint, of: identity)],
        Evidence("RTM_GETROUTE \(client)", "by \(name), as the server"),
        .setting(settings[0], facts.host.settings[settings[0]] ?? "?"),
        .setting(settings[1], facts.host.settings[settings[1]] ?? "?"),
        cause:
          "client and server are on one link: the director may tell the server to answer the client "
          + "directly",
        remedy: facts.host.setting(settings[0], to: 0), facts.host.setting(settings[1], to: 0))
    }
  }

  private static func findReversePathFilter(_ facts: DirectorFacts, _ report: inout Report) {
    let counter = "TcpExt.IPReversePathFilter"
    guard let rise = facts.host.rise(of: counter), rise > 0 else { return }
    let strict = facts.host.links.values.filter { link in
      link.flags.contains(.up) && !link.flags.contains(.loopback)
        && facts.host.largest("rp_filter", link.name.description) == 1
    }.sorted { $0.index < $1.index }
    guard let first = strict.first else { return }
    report.find(
      .reversePathFilter, nil, strict.map { .link($0.name) },
      Evidence("/proc/net/netstat IPReversePathFilter", "\(rise) more in this time"),
      Evidence("rp_filter of \(first.name)", "1, the larger of its own and that of all"),
      cause:
        "packets came in by a link that the way back to their source does not leave by; scans count "
        + "as well",
      remedy: facts.host.setting("net/ipv4/conf/\(first.name)/rp_filter", to: 2))
  }
}

extension HostFacts {
  /// The addresses that another host has, or may have.
  fileprivate var unusableAddresses: [InterfaceAddress] {
    addresses.filter { !$0.flags.isDisjoint(with: [.tentative, .duplicate]) }
  }

  /// The larger of the setting of a link and that of all; nil where neither was read.
  func largest(_ setting: String, _ link: String) -> Int? {
    ["all", link].compactMap { number("net/ipv4/conf/\($0)/\(setting)") }.max()
  }

  /// A route, or why there is none, in words: `unicast by eth0, gateway 192.0.2.254`.
  func words(for answer: RouteAnswer) -> String {
    switch answer {
    case .refused(let errno): return RouteAnswer.words(forErrno: errno)
    case .route(let route):
      var text = route.kind.map { "\($0)" } ?? "another kind"
      if let link = route.link { text += " by \(name(ofLink: link))" }
      if let gateway = route.gateway { text += ", gateway \(gateway)" }
      return text
    }
  }
}
