// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSHost

/// What becomes of many packets at the same hooks.
struct FirewallJudgement<Subject> {
  /// The rules that are looked at for all packets together; what is left then is not judged.
  private static var mostRules: Int { 1 << 24 }

  private let stages: [FirewallWalk.Stage]
  private let firewall: HostFirewall
  private var seenRules = 0

  /// What a packet is about and what may become of it, where it does not certainly pass.
  private(set) var outcomes: [(subject: Subject, outcome: FirewallOutcome)] = []

  /// How many packets were not judged.
  private(set) var unjudged = 0

  /// Judges packets. Those that certainly pass together are not looked at one by one.
  init(
    _ packets: [(subject: Subject, packet: AbstractPacket)], at stages: [FirewallWalk.Stage],
    in firewall: HostFirewall
  ) {
    (self.stages, self.firewall) = (stages, firewall)
    for family in [AddressFamily.ipv4, .ipv6] {
      judge(packets.filter { $0.packet.family == family }[...])
    }
  }

  private mutating func judge(_ packets: ArraySlice<(subject: Subject, packet: AbstractPacket)>) {
    guard let together = AbstractPacket.joined(packets.map(\.packet)) else { return }
    guard seenRules < Self.mostRules else {
      unjudged += packets.count
      return
    }
    let outcome = FirewallWalk.outcome(of: together, at: stages, in: firewall[together.family])
    seenRules += outcome.seenRules
    if outcome.isPassed { return }
    if packets.count == 1 || outcome.isDropped {
      outcomes += packets.map { ($0.subject, outcome) }
      return
    }
    let middle = packets.startIndex + packets.count / 2
    judge(packets[..<middle])
    judge(packets[middle...])
  }
}

extension HostFirewall {
  /// Whether there are chains at hooks. Without, packets pass, and need not be made.
  func hasRules(at stages: [FirewallWalk.Stage]) -> Bool {
    stages.contains { stage in
      [ipv4, ipv6].contains { !$0.chains(at: stage.hook).isEmpty }
    }
  }

  /// Whether a rule of any chain gives packets another source.
  var translatesSources: Bool {
    [ipv4, ipv6].contains { firewall in
      firewall.chains.contains { $0.rules.contains { $0.steps.contains(.translateSource) } }
    }
  }
}
