// SPDX-License-Identifier: Apache-2.0

internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// How far long work has come: a line on standard error that is written anew, where a person watches.
struct Progress {
  /// Work that is done sooner shows nothing, in milliseconds.
  private static let patience: UInt64 = 2000

  /// The time between two lines, in milliseconds.
  private static let interval: UInt64 = 200

  private let verb: String
  private let whole: Int?
  private let output: Output
  private var next: UInt64
  private var isShown = false

  /// - Parameters:
  ///   - verb: What is done: `applying`.
  ///   - whole: How much there is to do; nil where that is not known.
  init(_ verb: String, of whole: Int? = nil, _ output: Output) {
    self.verb = verb
    self.whole = whole
    self.output = output
    next = output.isWatched ? SystemClock.monotonic + Self.patience : .max
  }

  /// Shows how much is done, where it is time to.
  mutating func show(_ count: Int) {
    guard next != .max, SystemClock.monotonic >= next else { return }
    next = SystemClock.monotonic + Self.interval
    isShown = true
    let end = whole.map { " of \($0.grouped)" } ?? ""
    output.tell("\r\(verb): \(count.grouped)\(end)")
  }

  /// Removes the line.
  mutating func end() {
    if isShown { output.tell("\r\u{1b}[K") }
    isShown = false
  }
}
