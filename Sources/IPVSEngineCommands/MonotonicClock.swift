// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSSystem

/// The time since the engine began, on a clock that is never set.
struct MonotonicClock {
  private let beginning: UInt64

  init() { beginning = SystemClock.monotonicNanoseconds }

  var milliseconds: UInt64 { nanoseconds / 1_000_000 }

  var instant: Instant {
    Instant(ticks: nanoseconds / (1_000_000_000 / Instant.ticksPerSecond))
  }

  private var nanoseconds: UInt64 { SystemClock.monotonicNanoseconds - beginning }
}
