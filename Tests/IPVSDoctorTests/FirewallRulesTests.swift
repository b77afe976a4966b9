// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import Testing

/// Firewalls as this model holds them, for tests that need no kernel's words.
private enum Made {
  /// A base chain with rules.
  static func chain(
    _ hook: FirewallHook, priority: Int32 = 0, policy: FirewallVerdict = .accept,
    translates: Bool = false, _ rules: [[RuleStep]] = []
  ) -> FirewallChain {
    FirewallChain(
      .nftables("ip"), table: "t", name: "\(hook)",
      base: ChainBase(hook, priority: priority, policy: policy, translates: translates),
      rules: rules.enumerated().map { FirewallRule($1, number: $0 + 1, handle: UInt64($0 + 10)) })
  }

  static func firewall(_ chains: [FirewallChain]) -> HostFirewall {
    var firewall = HostFirewall()
    firewall.ipv4.append(chains)
    return firewall
  }

  static func member(
    _ field: PacketField, _ bits: Int, _ intervals: ClosedRange<UInt128>..., not: Bool = false
  ) -> RuleStep {
    .condition(
      .member([Operand(field, bits: bits)], of: .column(IntervalSet(intervals)), isInverted: not))
  }

  static func port(_ number: UInt128) -> RuleStep { member(.destinationPort, 16, number...number) }

  static func mark(_ number: UInt128) -> RuleStep {
    .mark(.oneOf(IntervalSet(numbers: [number])))
  }
}

/// What the firewall does to packets of services (D14, D15, D35 to D39, D41), and what only looks
/// like it.
@Suite struct FirewallRulesTests {
  private func site(_ chains: FirewallChain...) -> Site {
    var site = Site()
    site.facts.firewall.rules = Made.firewall(chains)
    return site
  }

  // MARK: - Packets that are dropped

  @Test("D35: requests that no rule accepts; a policy alone is no fault")
  func input() {
    var site = site(Made.chain(.input, policy: .drop))
    #expect(site.found == ["error D35"])
    let finding = site.diagnosis.findings[0]
    #expect(finding.objects == [.service(Site.web)])
    #expect(finding.evidence[0].value == "the policy of chain input of the nft table ip t")
    #expect(
      finding.remedy == ["nft insert rule ip t input ip daddr 203.0.113.1 tcp dport 80 accept"])
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.input, policy: .drop, [[Made.port(80), .verdict(.accept)]])
    ])
    #expect(site.found == [])
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.input, policy: .drop, [[Made.port(22), .verdict(.accept)]])
    ])
    #expect(site.found == ["error D35"])
  }

  @Test("D35: what hangs on the client is a note that names the rule")
  func perhaps() {
    let some = Made.member(.source, 32, 0xc633_6400...0xc633_64ff)
    let site = site(Made.chain(.input, [[some, .verdict(.drop)]]))
    #expect(site.found == ["note D35"])
    #expect(
      site.diagnosis.findings[0].evidence[0].value
        == "rule 1 (handle 10) in chain input of the nft table ip t")
  }

  @Test("D35: chains behind IPVS, and rules for packets from this host, do not drop requests")
  func otherPackets() {
    let own = Made.member(.source, 32, 0x7f00_0000...0x7fff_ffff)
    let virtual = Made.member(.source, 32, 0xcb00_7101...0xcb00_7101)
    let first = Made.chain(.input, [[own, .verdict(.drop)], [virtual, .verdict(.drop)]])
    let site = site(first, Made.chain(.input, priority: 99, policy: .drop))
    #expect(site.found == [])
  }

  @Test("D36: answers of masquerading servers; others do not pass")
  func forward() {
    var site = site(Made.chain(.forward, policy: .drop))
    #expect(site.found == ["error D36"])
    #expect(
      site.diagnosis.findings[0].remedy[0]
        == "nft insert rule ip t forward ip saddr 192.0.2.11 tcp sport 8080 accept")
    site.replace(
      VirtualService(Site.web), [.direct(.of("192.0.2.11:80")), .tunnel(.of("192.0.2.12:80"))])
    #expect(!site.found.contains { $0.hasSuffix("D36") })
  }

  @Test("D37: answers that tracking does not know, until IPVS is told to track")
  func invalid() {
    let invalid = Made.member(.connectionState, 32, 1...1)
    var site = site(Made.chain(.forward, [[invalid, .verdict(.drop)]]))
    #expect(site.found == ["error D37"])
    #expect(site.diagnosis.findings[0].remedy[0] == "sysctl -w net.ipv4.vs.conntrack=1")
    site.setVS("conntrack", 1)
    #expect(site.found == [])
    // What is accepted before it is invalid passes.
    site.setVS("conntrack", 0)
    let servers = Made.member(.source, 32, 0xc000_0200...0xc000_02ff)
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.forward, [[servers, .verdict(.accept)], [invalid, .verdict(.drop)]])
    ])
    #expect(site.found == [])
    // The rule of another link does not see them.
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.forward, [[Made.member(.inputIndex, 32, 3...3), invalid, .verdict(.drop)]])
    ])
    #expect(site.found == [])
  }

  @Test("D38: what IPVS sends, by the header that it has then")
  func output() {
    let server = Made.member(.destination, 32, 0xc000_020b...0xc000_020b)
    var site = site(Made.chain(.output, [[server, Made.port(8080), .verdict(.drop)]]))
    #expect(site.found == ["error D38"])
    #expect(site.diagnosis.findings[0].objects == [.server(Site.first, of: Site.web)])
    // Direct routing keeps the virtual address; a tunnel has the server's, and its own protocol.
    site.replace(VirtualService(Site.web), [.direct(.of("192.0.2.11:80"))])
    #expect(site.found == [])
    let ipip = Made.member(.transport, 8, 4...4)
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.output, [[server, ipip, .verdict(.drop)]])
    ])
    #expect(site.found == [])
    site.replace(VirtualService(Site.web), [.tunnel(.of("192.0.2.11:80"))])
    #expect(site.alarms.contains("error D38"))
  }

  // MARK: - Translation

  @Test("D39: a rule that translates what goes to the servers, without tracking")
  func masquerading() {
    let inside = Made.member(.outputIndex, 32, 2...2)
    var site = site(
      Made.chain(.postrouting, priority: 100, translates: true, [[inside, .translateSource]]))
    #expect(site.found == ["warning D39"])
    site.tally(Site.first) { $0.opening = 2 }
    #expect(site.alarms.first == "error D39")
    site.setVS("conntrack", 1)
    #expect(!site.alarms.contains { $0.hasSuffix("D39") })
  }

  @Test("D39: rules for other traffic are meant for other traffic")
  func otherMasquerading() {
    let outside = Made.member(.outputIndex, 32, 3...3)
    let containers = Made.member(.source, 32, 0xac11_0000...0xac11_ffff)
    let bridge = Made.member(.outputIndex, 32, 9...9, not: true)
    let site = site(
      Made.chain(
        .postrouting, priority: 100, translates: true,
        [[outside, .translateSource], [containers, bridge, .translateSource]]))
    #expect(site.found == [])
  }

  // MARK: - Marks

  private let marked = ServiceIdentity.mark(7, .ipv4)

  private func markSite(_ rules: [[RuleStep]]) -> Site {
    var site = site(Made.chain(.prerouting, priority: -150, rules))
    site.facts.services = []
    site.add(marked, [.masquerading(Site.first)])
    site.facts.laterServers[marked] = site.facts.services[0].servers
    return site
  }

  @Test("D15: a mark that no rule sets")
  func markUnset() {
    #expect(markSite([]).found == ["error D15"])
    #expect(markSite([[Made.port(80), Made.mark(8)]]).found == ["error D15"])
    #expect(markSite([[Made.port(80), Made.mark(7)]]).found == [])
    #expect(markSite([[Made.port(80), .mark(.unknown("numgen"))]]).found == [])
    let kept = Operand(.mark, bits: 32).masked(0xffff_fff0, flipping: 0x7)
    #expect(markSite([[.mark(.operand(kept))]]).found == [])
    #expect(markSite([[.mark(.operand(Operand(.connectionMark, bits: 32)))]]).found == [])
  }

  @Test("D15: a mark that comes from elsewhere is a note")
  func markElsewhere() {
    var site = markSite([])
    site.facts.laterServers[marked]?[0].statistics.totals.connections = 3
    #expect(site.found == ["note D15"])
    site = markSite([])
    site.facts.firewall.filteredLinks = [3]
    #expect(site.found == ["note D15", "note D41"])
    site = markSite([])
    site.facts.firewall.rules.otherFamilies = ["netdev"]
    #expect(site.found == ["note D15", "note D41"])
  }

  @Test("D14: a service whose packets get the mark of another one")
  func shadow() {
    var site = markSite([[Made.port(80), Made.mark(7)]])
    site.add(Site.web, [.masquerading(Site.first)])
    #expect(site.found == ["note D14"])
    site.facts.services[0].statistics.rates.connections = 5
    #expect(site.found == ["warning D14"])
    // For some clients only, or a mark that no service has.
    let some = Made.member(.source, 32, 0xc633_6400...0xc633_64ff)
    site.facts.firewall.rules = Made.firewall([
      Made.chain(.prerouting, [[some, Made.mark(7)], [Made.port(80), Made.mark(0)]])
    ])
    #expect(site.found == [])
  }

  // MARK: - Large and strange firewalls

  @Test("a thousand rules that are not judged are one note")
  func manyUnknown() {
    let rules: [[RuleStep]] = (0..<1000).map { _ in
      [.condition(.unknown("match recent")), .verdict(.drop)]
    }
    var site = site(Made.chain(.input, rules))
    for port in 1...200 {
      site.add(.endpoint(.tcp, .of("203.0.113.1:\(port + 1000)")), [.masquerading(Site.first)])
    }
    #expect(site.found == ["note D35"])
    #expect(site.diagnosis.findings[0].objects.count == 201)
    #expect(site.diagnosis.findings[0].evidence.count == 6)
    #expect(
      Set(site.diagnosis.findings[0].evidence.filter { $0.source == "not judged" }.map(\.value))
        == ["match recent"])
  }

  @Test("what was not read is not checked")
  func unread() {
    var site = site(Made.chain(.input, policy: .drop))
    site.facts.gaps[.firewall] = "the firewall has more than 20000 rules"
    #expect(site.found == [])
    let skipped = site.diagnosis.skips.map(\.code.rawValue)
    for code in ["D14", "D15", "D35", "D36", "D37", "D38", "D39", "D41"] {
      #expect(skipped.contains(code), "\(code)")
    }
  }

  @Test("loops and fans of jumps end, and nothing is certain behind them")
  func endless() {
    var packet = AbstractPacket(.ipv4)
    packet.set(.transport, 6)
    func outcome(_ chains: [FirewallChain]) -> FirewallOutcome {
      FirewallWalk.outcome(
        of: packet, at: [FirewallWalk.Stage(.input)], in: Made.firewall(chains).ipv4)
    }
    let loop = FirewallChain(
      .nftables("ip"), table: "t", name: "a", rules: [FirewallRule([.verdict(.jump(1))], number: 1)]
    )
    let looped = outcome([Made.chain(.input, [[.verdict(.jump(1))]]), loop])
    #expect(looped.mayDrop && !looped.isDropped && !looped.unknown.isEmpty)
    // Thirty chains that jump twice each are a thousand million ways.
    let fan = (1...30).map { number in
      FirewallChain(
        .nftables("ip"), table: "t", name: "c\(number)",
        rules: [
          FirewallRule([.verdict(.jump(number + 1))], number: 1),
          FirewallRule([.verdict(.jump(number + 1))], number: 2),
        ])
    }
    let last = FirewallChain(.nftables("ip"), table: "t", name: "last")
    let fanned = outcome([Made.chain(.input, [[.verdict(.jump(1))]])] + fan + [last])
    #expect(fanned.mayDrop && !fanned.isDropped)
    let nowhere = outcome([Made.chain(.input, [[.verdict(.jump(9))]])])
    #expect(nowhere.mayDrop && !nowhere.isDropped)
  }
}
