// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem

/// How far long work has come: a line on standard error that is written anew, where a person watches.
package struct Progress {
  private let output: Output
  private let interval: UInt64
  private var next: UInt64
  private var isShown = false

  /// - Parameters:
  ///   - patience: Work that is done sooner shows nothing, in milliseconds.
  ///   - interval: The time between two lines, in milliseconds.
  package init(_ output: Output, patience: UInt64 = 2000, interval: UInt64 = 200) {
    self.output = output
    self.interval = interval
    next = output.isWatched ? SystemClock.monotonic + patience : .max
  }

  /// Shows a line, where it is time to.
  package mutating func show(_ line: @autoclosure () -> MessageText) {
    guard next != .max, SystemClock.monotonic >= next else { return }
    next = SystemClock.monotonic + interval
    isShown = true
    output.tell("\r\(line())")
  }

  /// Removes the line.
  package mutating func end() {
    if isShown { output.tell("\r\u{1b}[K") }
    isShown = false
  }
}
