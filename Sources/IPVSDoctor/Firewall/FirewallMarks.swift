// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
package import IPVSHost

/// What is known of the mark that a packet has when IPVS sees it.
package enum MarkAnswer: Hashable, Sendable {
  /// This one; 0 for none.
  case certain(UInt32)

  /// One of these, or if there are too many of them to be told, any: nil.
  case possible([UInt32]?)

  /// None, as the packet does not come there.
  case dropped
}

/// Which marks the firewall gives packets before IPVS sees them.
package struct FirewallMarks: Sendable {
  /// More marks are any.
  private static let mostMarks = 64

  private let firewall: HostFirewall

  /// The marks that a firewall gives.
  package init(_ firewall: HostFirewall) {
    self.firewall = firewall
  }

  /// The mark of a packet that comes in as `packet` says.
  package func mark(of packet: AbstractPacket) -> MarkAnswer {
    let outcome = FirewallWalk.outcome(
      of: packet, at: FirewallPaths.request, in: firewall[packet.family])
    guard let passed = outcome.passed else { return .dropped }
    guard let marks = passed[.mark]?.numbers(atMost: Self.mostMarks) else { return .possible(nil) }
    let numbers = marks.map { UInt32(truncatingIfNeeded: $0) }
    return numbers.count == 1 ? .certain(numbers[0]) : .possible(numbers)
  }

  /// Whether some packet that comes in as `packet` says may get a mark.
  package func maySet(_ mark: UInt32, on packet: AbstractPacket) -> Bool {
    let outcome = FirewallWalk.outcome(
      of: packet, at: FirewallPaths.request, in: firewall[packet.family])
    guard let passed = outcome.passed else { return false }
    return passed[.mark]?.contains(UInt128(mark)) ?? true
  }
}
