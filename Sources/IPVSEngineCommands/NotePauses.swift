// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSDevices

/// When to say that something is wrong while the engine goes on: of each kind at once, but no more often
/// than once a minute, for what happens once may happen again and again.
struct NotePauses {
  /// What can be said.
  enum Kind: Hashable {
    case routing(RoutingLoss)

    /// Routing could not be set again.
    case packets

    /// A setting that must be on is off.
    case setting(String)

    /// Clients wait for descriptors.
    case noDescriptors
  }

  private static let pause = 60 * Instant.ticksPerSecond

  private var last: [Kind: Instant] = [:]

  /// Whether to say something now.
  mutating func isDue(_ kind: Kind, at now: Instant) -> Bool {
    if let last = last[kind], now.ticks(since: last) < Self.pause { return false }
    last[kind] = now
    return true
  }
}
