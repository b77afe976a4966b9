// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSDevices

/// When to say that other programs took routing away: of each kind at once, but no more often than once
/// a minute, for a program that does so once may do so again and again.
struct RoutingNotes {
  private static let pause = 60 * Instant.ticksPerSecond

  private var last: [RoutingLoss?: Instant] = [:]

  /// Whether to say that something was lost.
  ///
  /// - Parameter loss: Nil: it could not be set again.
  mutating func isDue(_ loss: RoutingLoss?, at now: Instant) -> Bool {
    if let last = last[loss], now.ticks(since: last) < Self.pause { return false }
    last[loss] = now
    return true
  }
}
