// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem
internal import IPVSText

/// A line at a terminal that shows how far a replay has come. Nothing is written elsewhere.
struct ReplayProgress {
  /// How many frames pass between two looks at the clock.
  private static let framesPerLook: UInt64 = 4096

  /// How long a line is shown before the next one, in milliseconds.
  private static let interval: UInt64 = 500

  private let output: FileDescriptor?
  private let clock = MonotonicClock()
  private var next = interval
  private var isShown = false

  init(_ output: FileDescriptor) {
    self.output = isatty(output.number) == 1 ? output : nil
  }

  /// Shows the number of frames that are done, from time to time.
  mutating func note(_ frames: UInt64) {
    guard let output, frames % Self.framesPerLook == 0, clock.milliseconds >= next else { return }
    next = clock.milliseconds + Self.interval
    isShown = true
    try? output.write(Array("\r\(frames) frames".utf8))
  }

  /// Removes the line.
  mutating func end() {
    guard let output, isShown else { return }
    isShown = false
    try? output.write(Array("\r\u{1b}[K".utf8))
  }
}
