// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSCommands

/// When a table that is watched is read again. Times are in nanoseconds.
@Suite struct WatchScheduleTests {
  private static let second: UInt64 = 1_000_000_000

  /// The pause after a reading, in seconds.
  private func pause(_ schedule: inout WatchSchedule, from start: Double, to end: Double) -> Double
  {
    schedule.begin(at: UInt64(start * 1e9))
    schedule.end(at: UInt64(end * 1e9))
    return Double(schedule.next) / 1e9 - end
  }

  @Test("readings begin in the interval, and take at most half of the time")
  func pauses() {
    var schedule = WatchSchedule(interval: 2, start: 0)
    #expect(abs(pause(&schedule, from: 10, to: 10.5) - 1.5) < 0.001)
    #expect(abs(pause(&schedule, from: 12, to: 13.5) - 1.5) < 0.001)
    #expect(abs(pause(&schedule, from: 15, to: 20) - 5) < 0.001)
  }

  @Test("after a stop no reading is made up for")
  func stop() {
    var schedule = WatchSchedule(interval: 2, start: 0)
    _ = pause(&schedule, from: 10, to: 10.5)
    #expect(abs(pause(&schedule, from: 3600, to: 3600.5) - 1.5) < 0.001)
  }
}
