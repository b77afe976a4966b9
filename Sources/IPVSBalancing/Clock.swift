/// When what is done at regular times is due next.
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

  /// After a leap of more seconds than this, rates have long come to rest, and nothing that was to be
  /// done in between makes a difference.
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

  /// Goes on to the next second, over most of them if the target is far.
  mutating func pass(to target: Instant) {
    second += 1
    let last = target.ticks / Instant.ticksPerSecond
    if last > second + Self.longestLeap {
      // Whole minutes, so that what is done each minute is not left out.
      second += (last - second - Self.longestLeap) / 60 * 60
    }
  }
}
