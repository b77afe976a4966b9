// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem

/// How long all answers to a question may take: the patience for one message, and more for what comes,
/// so that messages of no use, or very slow ones, cannot hold a program for ever.
struct AnswerDeadline {
  /// The slowest that answers may come, in bytes a millisecond. A kernel or an engine sends a page of
  /// 32 KiB in less than a second even on a slow machine.
  private static let slowest: UInt64 = 1

  private let beginning: UInt64
  private let patience: UInt32

  /// - Parameter patience: How long one message may take, in milliseconds.
  init(_ patience: UInt32) {
    self.patience = patience
    beginning = SystemClock.monotonic
  }

  /// How long the next message may take, where that is less than the patience, in milliseconds.
  ///
  /// - Parameter bytes: How many bytes of answers came.
  /// - Returns: 0 if the time is over; nil if the whole patience is left.
  func remaining(after bytes: Int) -> UInt32? {
    let end = beginning + UInt64(patience) + UInt64(bytes) / Self.slowest
    let now = SystemClock.monotonic
    guard now < end else { return 0 }
    return end - now < UInt64(patience) ? UInt32(end - now) : nil
  }
}
