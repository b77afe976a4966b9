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

  /// A time on the clock of this machine's place: `2026-12-01 03:12:07`.
  ///
  /// - Parameter seconds: Since 1970.
  public static func local(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Waits; a signal that is handled ends the wait early.
  public static func wait(milliseconds: UInt32) {
    usleep(milliseconds * 1000)
  }
}
