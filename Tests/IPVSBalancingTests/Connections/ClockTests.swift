// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSBalancing

@Suite struct ClockTests {
  /// The seconds at which jobs were due up to a target.
  private static func go(
    _ clock: inout Clock, to target: Instant
  ) -> [(second: UInt64, jobs: Clock.Jobs)] {
    var all: [(second: UInt64, jobs: Clock.Jobs)] = []
    while clock.next <= target {
      all.append((clock.next.ticks / Instant.ticksPerSecond, clock.due(at: clock.next)))
      clock.pass(to: target)
    }
    return all
  }

  @Test(arguments: [0, 99, 100, 101, 5950] as [UInt64])
  func eachJobHasItsSeconds(_ start: UInt64) {
    var clock = Clock(at: Instant(ticks: start))
    var all: [(second: UInt64, jobs: Clock.Jobs)] = []
    let first = start / 100 + 1
    for target in stride(from: start, through: start + 30_000, by: 37) {
      all += Self.go(&clock, to: Instant(ticks: target))
    }
    #expect(all.map(\.second) == (first..<first + UInt64(all.count)).map { $0 })
    #expect(all.count >= 299)
    for (second, jobs) in all {
      #expect(jobs.contains(.defence))
      #expect(jobs.contains(.statistics) == (second % 2 == 0))
      #expect(jobs.contains(.collection) == (second % 60 == 0))
    }
  }

  @Test(arguments: [300, 3601, 100_000, 1 << 40] as [UInt64])
  func aLeapIsOverSoonAndLeavesNoKindOut(_ seconds: UInt64) {
    var clock = Clock(at: Instant(ticks: 0))
    let all = Self.go(&clock, to: Instant(seconds: seconds))
    #expect(all.count <= 256 + 61 && clock.next == Instant(seconds: seconds + 1))
    #expect(all.last?.second == seconds)
    for job in [Clock.Jobs.defence, .statistics, .collection] {
      #expect(all.filter { $0.jobs.contains(job) }.count >= 4)
    }
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.second < $1.second })
    #expect(all.allSatisfy { $0.jobs.contains(.statistics) == ($0.second % 2 == 0) })
  }
}
