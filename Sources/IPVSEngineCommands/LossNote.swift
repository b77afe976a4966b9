// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing

/// When to report the number of lost packets: at once, and then at most once a minute, as the cause
/// usually lasts.
struct LossNote {
  private static let pause = 60 * Instant.ticksPerSecond

  private var reported: UInt64 = 0
  private var last: Instant?

  /// How many lost packets are to be reported now; nil if none are, or if they can wait.
  ///
  /// - Parameters:
  ///   - lost: How many were lost so far.
  ///   - isLast: Whether the engine ends, so that nothing can wait.
  mutating func due(_ lost: UInt64, at now: Instant, isLast: Bool = false) -> UInt64? {
    guard lost > reported else { return nil }
    if let last, !isLast, now.ticks(since: last) < Self.pause { return nil }
    defer { (reported, last) = (lost, now) }
    return lost - reported
  }
}
