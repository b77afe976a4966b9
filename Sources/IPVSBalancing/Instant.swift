// SPDX-License-Identifier: Apache-2.0

/// A point in the engine's time, in hundredths of a second since an arbitrary origin.
///
/// The engine reads no clock: its caller passes the time. The resolution is that of a kernel with HZ=100,
/// so that timeouts round as in the kernel.
public struct Instant: Hashable, Comparable, Sendable {
  /// The number of ticks in a second (the kernel's `HZ`).
  public static let ticksPerSecond: UInt64 = 100

  /// The number of ticks since the origin.
  public var ticks: UInt64

  /// The time a number of ticks after the origin.
  public init(ticks: UInt64) {
    self.ticks = ticks
  }

  /// The time a number of seconds after the origin. It wraps around beyond 5.8 billion years.
  public init(seconds: UInt64) {
    ticks = seconds &* Self.ticksPerSecond
  }

  /// Whether the left time is the earlier one.
  public static func < (left: Instant, right: Instant) -> Bool { left.ticks < right.ticks }

  /// The time a number of ticks later; the last representable time if that overflows.
  public func advanced(byTicks ticks: UInt64) -> Instant {
    let (sum, overflow) = self.ticks.addingReportingOverflow(ticks)
    return Instant(ticks: overflow ? .max : sum)
  }

  /// The number of ticks since an earlier time; 0 if that is later than this one.
  public func ticks(since earlier: Instant) -> UInt64 {
    ticks > earlier.ticks ? ticks - earlier.ticks : 0
  }
}

/// When the regular jobs are due next.
struct Clock {
  struct Jobs: OptionSet {
    let rawValue: UInt8

    /// Each second: measures against too many connections.
    static let defence = Jobs(rawValue: 1)

    /// Every two seconds: what is shown of counters, and rates.
    static let statistics = Jobs(rawValue: 2)

    /// Each minute: the trash and the caches of schedulers.
    static let collection = Jobs(rawValue: 4)
  }

  /// After a leap of more seconds than this, all rates are 0, and the jobs of the skipped seconds would
  /// change nothing.
  private static let longestLeap: UInt64 = 256

  private var second: UInt64

  init(at now: Instant) {
    second = now.ticks / Instant.ticksPerSecond + 1
  }

  var next: Instant { Instant(seconds: second) }

  func due(at time: Instant) -> Jobs {
    var jobs: Jobs = .defence
    if second % 2 == 0 { jobs.insert(.statistics) }
    if second % 60 == 0 { jobs.insert(.collection) }
    return jobs
  }

  /// Moves on by one second, or by more if the target is far away.
  mutating func pass(to target: Instant) {
    second += 1
    let last = target.ticks / Instant.ticksPerSecond
    if last > second + Self.longestLeap {
      // Whole minutes, so that what is done each minute is not left out.
      second += (last - second - Self.longestLeap) / 60 * 60
    }
  }
}
