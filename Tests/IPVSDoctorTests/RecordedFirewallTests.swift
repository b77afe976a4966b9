// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import TestSupport
import Testing

/// Rules as kernels tell them, and what becomes of packets among them.
@Suite struct RecordedFirewallTests {
  /// What becomes of the packet of a case.
  enum Expected: Hashable {
    case passes
    case dropped
    case either

    /// It passes with this mark.
    case mark(UInt32)

    /// It passes with one of several marks.
    case marks([UInt32])

    /// It passes with any mark.
    case anyMark
  }

  /// The packets that cases are about.
  enum Way {
    /// A SYN from outside to 203.0.113.1:80 or [2001:db8:f::1]:80.
    case request

    /// The SYN+ACK of 192.0.2.11:8080 of a connection that is not tracked.
    case answer

    /// The same of a tracked one.
    case trackedAnswer

    /// The SYN to 192.0.2.11:8080, masqueraded.
    case toServer
  }

  /// The cases by their names, which mean the same for each program that has them.
  static let expected: [String: (Way, Expected)] = [
    "policy drop": (.request, .dropped),
    "policy drop, port accepted": (.request, .passes),
    "policy drop, other port accepted": (.request, .dropped),
    "prefix of 24 bits": (.request, .dropped),
    "prefix of 20 bits": (.request, .dropped),
    "prefix of 32 bits": (.request, .dropped),
    "other prefix": (.request, .passes),
    "inverted prefix": (.request, .passes),
    "source that is not known": (.request, .either),
    "set of ports": (.request, .dropped),
    "set of intervals": (.request, .passes),
    "ports outside intervals": (.request, .dropped),
    "named set with intervals": (.request, .passes),
    "concatenation": (.request, .passes),
    "concatenation of intervals": (.request, .passes),
    "verdict map": (.request, .dropped),
    "verdict map of states": (.request, .dropped),
    "verdict map with jumps": (.request, .dropped),
    "verdict map with intervals": (.request, .dropped),
    "jump and return": (.request, .passes),
    "goto and policy": (.request, .dropped),
    "range": (.request, .dropped),
    "not in range": (.request, .passes),
    "less": (.request, .dropped),
    "greater or equal": (.request, .passes),
    "ports in one load": (.request, .either),
    "addresses in one load": (.request, .passes),
    "several ports": (.request, .dropped),
    "none of several ports": (.request, .passes),
    "either port": (.request, .dropped),
    "state new": (.request, .passes),
    "state new, the old match": (.request, .passes),
    "state untracked": (.request, .dropped),
    "state invalid": (.answer, .dropped),
    "not state invalid": (.answer, .dropped),
    "states of answers": (.answer, .dropped),
    "state and address": (.request, .either),
    "name of a link": (.request, .passes),
    "names of links with a beginning": (.request, .passes),
    "other link": (.request, .dropped),
    "index of a link": (.request, .dropped),
    "set of links": (.request, .passes),
    "not a link": (.request, .passes),
    "flags of TCP": (.request, .passes),
    "mark": (.request, .mark(7)),
    "mark with a mask": (.request, .mark(7)),
    "mark by a map": (.request, .marks([1, 2])),
    "mark of the connection": (.request, .anyMark),
    "mark of other packets": (.request, .passes),
    "mark at random": (.request, .anyMark),
    "mark of the connection set": (.request, .passes),
    "mark restored": (.request, .anyMark),
    "mark saved": (.request, .passes),
    "reject": (.request, .dropped),
    "counter, log, comment": (.request, .passes),
    "limit before drop": (.request, .either),
    "limited log": (.request, .passes),
    "fib": (.request, .either),
    "queue": (.request, .either),
    "a set that packets change": (.request, .either),
    "connections counted": (.request, .either),
    "notrack": (.request, .passes),
    "nat": (.request, .either),
    "masquerade": (.toServer, .passes),
    "masquerade elsewhere": (.toServer, .passes),
    "masquerade of others": (.toServer, .passes),
    "inet, other family": (.request, .passes),
    "inet, IPv4 address": (.request, .dropped),
    "inet, IPv6 address": (.request, .passes),
    "IPv6 prefix": (.request, .passes),
    "priorities": (.request, .dropped),
    "behind IPVS": (.request, .passes),
    "dormant": (.request, .passes),
    "other families": (.request, .passes),
    "packets to all": (.request, .passes),
    "fragments": (.request, .passes),
    "length": (.request, .either),
    "protocol": (.request, .passes),
    "datagrams": (.request, .passes),
    "catch-all": (.request, .passes),
    "chain that is jumped to for some": (.request, .either),
    "output": (.toServer, .dropped),
  ]

  /// Where a program's case of that name is another one.
  static let own: [String: (Way, Expected)] = [
    "iptables: a mark decides": (.request, .passes),
    "iptables-nft: a mark decides": (.request, .passes),
    "nft: a mark decides": (.request, .mark(7)),
    "iptables: nat": (.request, .passes),
    "iptables-nft: nat": (.request, .passes),
    "iptables: protocol": (.request, .dropped),
    "iptables-nft: protocol": (.request, .dropped),
  ]

  @Test(arguments: RecordedFirewall.all)
  func outcome(_ recorded: RecordedFirewall) throws {
    let firewall = try recorded.read()
    let family = recorded.program == "ip6tables" ? AddressFamily.ipv6 : .ipv4
    let (way, expected) = try #require(Self.own["\(recorded)"] ?? Self.expected[recorded.name])
    #expect(DirectorScene(family).outcome(of: way, in: firewall) == expected)
  }
}
