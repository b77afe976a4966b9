// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost
internal import IPVSRules
internal import IPVSText

extension DirectorRules {
  /// Firewall and marks: D14, D15, D35 to D39, and D41.
  static var firewall: [Rule<DirectorFacts>] {
    [
      Rule(.shadowedByMark, needs: filtered, check: shadowedByMark),
      Rule(.markUnset, needs: filtered, check: markUnset),
      Rule(.inputDrops, needs: filtered, check: inputDrops),
      Rule(
        .forwardDrops, .invalidDrops, needs: filtered.union([.routes, .vsSettings]),
        check: answersDropped),
      Rule(.outputDrops, needs: filtered.union([.routes, .vsSettings]), check: outputDrops),
      Rule(
        .masqueradeWithoutConntrack, needs: filtered.union([.routes, .vsSettings]),
        check: masqueradeWithoutConntrack),
      Rule(.notJudged, needs: [.firewall, .links], check: notJudged),
    ]
  }

  private static var filtered: Set<Source> { [.table, .firewall, .links, .addresses] }
}

// MARK: - Marks

extension DirectorRules {
  /// D14: packets of a service by address belong to one by mark.
  private static func shadowedByMark(_ facts: DirectorFacts, _ report: inout Report) {
    let paths = FirewallPaths(facts.host)
    let marks = FirewallMarks(facts.firewall.rules)
    let known = facts.services.filter { $0.service.identity.isMark }
    guard !known.isEmpty, facts.firewall.rules.hasRules(at: FirewallPaths.request) else { return }
    for listed in facts.services {
      let service = listed.service.identity
      guard let packet = paths.request(to: service),
        case .certain(let mark) = marks.mark(of: packet),
        let other = known.first(where: { $0.service.identity == .mark(mark, service.family) })
      else { continue }
      let isSilent = listed.statistics.rates.connections == 0
      let severity: Severity =
        isSilent && other.statistics.rates.connections > 0 ? .warning : .note
      report.find(
        .shadowedByMark, severity, [.service(service)],
        Evidence("mark of packets to \(service)", "\(mark)"),
        Evidence("connections per second of \(service)", listed.statistics.rates.connections),
        Evidence(
          "connections per second of \(other.service.identity)",
          other.statistics.rates.connections),
        cause: "IPVS looks for a service by mark first, so the service by address gets nothing",
        remedy:
          "delete the service by address, or let the rule of the firewall leave its packets out")
    }
  }

  /// D15: no rule can set the mark of a service.
  private static func markUnset(_ facts: DirectorFacts, _ report: inout Report) {
    let paths = FirewallPaths(facts.host)
    let marks = FirewallMarks(facts.firewall.rules)
    let others = unjudged(facts)
    for listed in facts.services {
      guard case .mark(let mark, let family) = listed.service.identity,
        !marks.maySet(mark, on: paths.incoming(family))
      else { continue }
      let service = listed.service.identity
      let total = connections(of: facts.laterServers[service] ?? listed.servers)
      // What sets marks and is not judged may set this one, and does where connections come.
      let isSetOtherwise =
        facts.laterServers[service] == nil
        ? listed.statistics.rates.connections > 0 : total > connections(of: listed.servers)
      report.find(
        .markUnset, others.isEmpty && !isSetOtherwise ? .error : .note, [.service(service)],
        Evidence("rules at prerouting and input", "none sets the mark \(mark)"),
        Evidence("connections of \(service)", "\(total)" + (isSetOtherwise ? ", and rising" : "")),
        cause:
          "packets without the mark do not belong to the service; what else may set it, as tc, XDP,"
          + " or SO_MARK of local clients, is not seen",
        remedy: facts.host.command(Self.marking(mark, family)))
    }
  }

  private static func connections(of servers: [ListedServer]) -> UInt64 {
    servers.reduce(0) { $0 &+ $1.statistics.totals.connections }
  }

  private static func marking(_ mark: UInt32, _ family: AddressFamily) -> String {
    let (table, address) = family == .ipv4 ? ("ip", "ip daddr") : ("ip6", "ip6 daddr")
    return
      "nft 'add table \(table) marks; add chain \(table) marks prerouting { type filter hook"
      + " prerouting priority mangle; }; add rule \(table) marks prerouting \(address) ADDRESS tcp dport PORT"
      + " meta mark set \(mark)'"
  }
}

// MARK: - Packets that are dropped

/// A server of a service.
private struct ServedServer {
  var server: RealServer
  var service: ServiceIdentity

  var object: FindingObject { .server(server.endpoint, of: service) }
}

extension DirectorRules {
  /// D35: requests do not come to IPVS.
  private static func inputDrops(_ facts: DirectorFacts, _ report: inout Report) {
    guard facts.firewall.rules.hasRules(at: FirewallPaths.request) else { return }
    let paths = FirewallPaths(facts.host)
    let packets = facts.services.map(\.service.identity).compactMap { service in
      paths.request(to: service).map { (subject: service, packet: $0) }
    }
    let judgement = FirewallJudgement(
      packets, at: FirewallPaths.request, in: facts.firewall.rules)
    for (service, outcome) in judgement.outcomes {
      report.find(
        outcome.finding(
          .inputDrops, .service(service), Selector(service), facts.host,
          cause: "IPVS sees requests behind the rules of prerouting and input"))
    }
    skipRest(judgement.unjudged, .inputDrops, &report)
  }

  /// D36 and D37: answers of masqueraded servers do not come back to IPVS.
  private static func answersDropped(_ facts: DirectorFacts, _ report: inout Report) {
    guard facts.firewall.rules.hasRules(at: FirewallPaths.answer) else { return }
    let paths = FirewallPaths(facts.host)
    let packets = servers(of: facts).filter { $0.server.forwarding == .masquerading }.compactMap {
      served in
      paths.answer(of: served.server, of: served.service).map { (subject: served, packet: $0) }
    }
    let judgement = FirewallJudgement(packets, at: FirewallPaths.answer, in: facts.firewall.rules)
    for (served, outcome) in judgement.outcomes {
      report.find(answerFinding(served, outcome, paths, facts))
    }
    skipRest(judgement.unjudged, .forwardDrops, &report)
  }

  private static func answerFinding(
    _ served: ServedServer, _ outcome: FirewallOutcome, _ paths: FirewallPaths,
    _ facts: DirectorFacts
  ) -> Finding {
    let selector = Selector(source: served.server.endpoint, of: served.service)
    let tracked = paths.answer(of: served.server, of: served.service, isTracked: true).map {
      FirewallWalk.outcome(
        of: $0, at: FirewallPaths.answer, in: facts.firewall.rules[$0.family])
    }
    let setting = "net/ipv4/vs/conntrack"
    // Where the answer would pass if only its connection were known, tracking it is the cure.
    guard outcome.isDropped, facts.host.number(setting) ?? 0 == 0, let tracked, !tracked.isDropped
    else {
      return outcome.finding(
        .forwardDrops, served.object, selector, facts.host,
        cause:
          "answers of masquerading servers pass the rules of forward before IPVS translates them")
    }
    var finding = outcome.finding(
      .invalidDrops, served.object, selector, facts.host,
      cause: "IPVS keeps its connections from connection tracking, which does not know the answers")
    finding.evidence.append(.setting(setting, facts.host.settings[setting] ?? "0"))
    finding.remedy.insert(facts.host.setting(setting, to: 1), at: 0)
    return finding
  }

  /// D38: what IPVS sends does not leave the director.
  private static func outputDrops(_ facts: DirectorFacts, _ report: inout Report) {
    guard facts.firewall.rules.hasRules(at: FirewallPaths.toServer) else { return }
    let paths = FirewallPaths(facts.host)
    let packets = servers(of: facts).compactMap { served in
      paths.packet(to: served.server, of: served.service).map { (subject: served, packet: $0) }
    }
    let judgement = FirewallJudgement(packets, at: FirewallPaths.toServer, in: facts.firewall.rules)
    for (served, outcome) in judgement.outcomes {
      report.find(
        outcome.finding(
          .outputDrops, served.object, Selector(destination: served.server, of: served.service),
          facts.host,
          cause:
            "what IPVS sends to servers passes the rules of output, as if a program had sent it"))
    }
    skipRest(judgement.unjudged, .outputDrops, &report)
  }

  private static func servers(of facts: DirectorFacts) -> some Sequence<ServedServer> {
    facts.services.lazy.flatMap { listed in
      listed.servers.lazy.map { ServedServer(server: $0.server, service: listed.service.identity) }
    }
  }

  private static func skipRest(_ count: Int, _ code: FindingCode, _ report: inout Report) {
    guard count > 0 else { return }
    report.skip(code, "the firewall has too many rules to walk them for \(count) more packets")
  }
}

extension FirewallOutcome {
  /// What is said of packets that do not certainly pass.
  ///
  /// - Parameter selector: What selects the packets; nil where no rule can be written for them.
  func finding(
    _ code: FindingCode, _ object: FindingObject, _ selector: Selector?, _ host: HostFacts,
    cause: String
  ) -> Finding {
    let word = isDropped ? "dropped by" : "may be dropped by"
    let rules = droppedBy.map { Evidence(word, $0) }
    let kinds = unknown.sorted().map { Evidence("not judged", $0) }
    guard isDropped else {
      return Finding(
        code, .note, [object], rules + kinds,
        cause: cause + "; whether these drop them hangs on what is not known of the packets",
        remedy: ["look at the rules that are named"])
    }
    let remedies = droppedBy.prefix(1).map { rule in
      selector.map { host.command($0.acceptance(at: rule.chain)) }
        ?? "accept the packets of the tunnel in a rule before"
    }
    return Finding(code, nil, [object], rules, cause: cause, remedy: Array(remedies))
  }
}

/// How a rule selects packets, in the words of nft(8) and iptables(8).
struct Selector {
  private var family: AddressFamily
  private var address: (isSource: Bool, address: IPAddress)?
  private var port: (transport: TransportProtocol, number: UInt16)?

  /// Packets to an address, and to a port of it where one is known.
  init(_ destination: IPAddress, port: (transport: TransportProtocol, number: UInt16)? = nil) {
    family = destination.family
    address = (false, destination)
    self.port = port
  }

  /// Requests to a service.
  init(_ service: ServiceIdentity) {
    family = service.family
    if case .endpoint(let transport, let endpoint) = service {
      address = (false, endpoint.address)
      if endpoint.port != 0 { port = (transport, endpoint.port) }
    }
  }

  /// Answers of a server.
  init(source: Endpoint, of service: ServiceIdentity) {
    family = service.family
    address = (true, source.address)
    if case .endpoint(let transport, _) = service, source.port != 0 {
      port = (transport, source.port)
    }
  }

  /// Packets to a server.
  init(destination server: RealServer, of service: ServiceIdentity) {
    self.init(service)
    guard server.forwarding != .directRouting else { return }
    family = server.endpoint.address.family
    address = (false, server.endpoint.address)
    if server.forwarding == .masquerading, let transport = port?.transport {
      port = (transport, server.endpoint.port)
    }
    if server.forwarding == .tunneling { port = nil }
  }

  /// A command that accepts the packets before everything else in a chain.
  func acceptance(at chain: FirewallChain) -> String {
    switch chain.backend {
    case .nftables(let table):
      return "nft insert rule \(table) \(chain.table) \(chain.name) \(nft)accept"
    case .legacy(let family):
      let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
      return "\(program) -t \(chain.table) -I \(chain.name) \(iptables)-j ACCEPT"
    }
  }

  private var nft: String {
    var words = ""
    if let address {
      words += (family == .ipv4 ? "ip " : "ip6 ") + (address.isSource ? "saddr " : "daddr ")
      words += "\(address.address) "
    }
    if let port {
      words +=
        "\(name(of: port.transport)) \(address?.isSource == true ? "sport" : "dport") \(port.number) "
    }
    return words
  }

  private var iptables: String {
    var words = ""
    if let address { words += (address.isSource ? "-s " : "-d ") + "\(address.address) " }
    if let port {
      words +=
        "-p \(name(of: port.transport)) \(address?.isSource == true ? "--sport" : "--dport") "
      words += "\(port.number) "
    }
    return words
  }

  private func name(of transport: TransportProtocol) -> String {
    switch transport {
    case .tcp: "tcp"
    case .udp: "udp"
    case .sctp: "sctp"
    default: "\(transport.rawValue)"
    }
  }
}

// MARK: - Translation, and what is not judged

extension DirectorRules {
  /// D39: a rule that gives packets another source does not see those of IPVS.
  private static func masqueradeWithoutConntrack(_ facts: DirectorFacts, _ report: inout Report) {
    let setting = "net/ipv4/vs/conntrack"
    guard facts.host.number(setting) ?? 0 == 0, facts.firewall.rules.translatesSources else {
      return
    }
    let paths = FirewallPaths(facts.host)
    for served in servers(of: facts) where served.server.forwarding == .masquerading {
      guard var packet = paths.packet(to: served.server, of: served.service) else { continue }
      // As if tracking knew it, which is what the rule is for.
      packet.set(.connectionState, ConnectionState.new)
      let outcome = FirewallWalk.outcome(
        of: packet, at: [FirewallWalk.Stage(.postrouting)], in: facts.firewall.rules[packet.family])
      let meant = outcome.translatedBy.filter { $0.isCertain || $0.namesDestination }
      guard !meant.isEmpty else { continue }
      var finding = Finding(
        .masqueradeWithoutConntrack, isSilent(served, facts) ? .error : nil, [served.object],
        meant.map { Evidence("translates the source", $0) },
        cause:
          "IPVS keeps its packets from connection tracking, and rules that translate do not see"
          + " them",
        remedy: [facts.host.setting(setting, to: 1)])
      finding.evidence.append(.setting(setting, facts.host.settings[setting] ?? "0"))
      report.find(finding)
    }
  }

  /// Whether connections to a server begin and none comes about.
  private static func isSilent(_ served: ServedServer, _ facts: DirectorFacts) -> Bool {
    guard case .endpoint(let transport, let virtual) = served.service else { return false }
    let key = ConnectionFacts.ServerKey(served.server.endpoint, of: virtual, transport)
    guard let tally = facts.connections.last?.servers[key] else { return false }
    return tally.opening >= 2 && tally.established == 0
  }

  /// What may drop or mark packets and is not judged, in words.
  private static func unjudged(_ facts: DirectorFacts) -> [Evidence] {
    let families = facts.firewall.rules.otherFamilies.filter { $0 != "arp" }.map {
      Evidence("nftables", "tables of the family \($0)")
    }
    let links = facts.host.links.values.sorted { $0.index < $1.index }
    let control = links.filter { facts.firewall.filteredLinks.contains($0.index) }.map {
      Evidence("traffic control", "filters at the ingress of \($0.name)")
    }
    let programs = links.filter(\.hasXDP).map { Evidence("XDP", "a program at \($0.name)") }
    return families + control + programs
  }

  /// D41: there is more than was looked at.
  private static func notJudged(_ facts: DirectorFacts, _ report: inout Report) {
    let evidence = unjudged(facts)
    guard !evidence.isEmpty else { return }
    report.find(
      Finding(
        .notJudged, .note, [], evidence,
        cause: "these see packets before the rules that are judged, and may drop or mark them",
        remedy: ["look at them with 'nft list ruleset', 'tc filter show', and 'ip link'"]))
  }
}
