// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What the system says of this process and of the time.
public enum SystemClock {
  /// The number of this process.
  public static var process: Int32 { getpid() }

  /// Seconds since 1970.
  public static var now: Int { time(nil) }

  /// Milliseconds of a clock that is never set.
  public static var monotonic: UInt64 { monotonicNanoseconds / 1_000_000 }

  /// Nanoseconds of the same clock.
  public static var monotonicNanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Waits; a signal that is handled ends the wait early.
  public static func wait(milliseconds: UInt32) {
    usleep(milliseconds * 1000)
  }
}
