// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSBalancing

/// The time since the engine began, on a clock that is never set.
struct MonotonicClock {
  private let beginning: UInt64

  init() { beginning = Self.reading }

  var milliseconds: UInt64 { (Self.reading - beginning) / 1_000_000 }

  var instant: Instant {
    Instant(ticks: (Self.reading - beginning) / (1_000_000_000 / Instant.ticksPerSecond))
  }

  /// Nanoseconds of the machine's clock.
  private static var reading: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
