// SPDX-License-Identifier: Apache-2.0

package import IPVSSystem
package import IPVSText

/// Standard output and standard error of one run. It keeps the error of a write that fails.
package final class Output {
  private let output: FileDescriptor
  private let errors: FileDescriptor

  /// The error of the first write that failed; nothing is printed after it.
  package private(set) var failure: SystemError?

  /// Whether diagnostics are printed as JSON. They are kept until the exit status is known.
  package var isJSON = false

  /// The diagnostics that are not printed yet.
  private var kept: [Diagnostic] = []

  /// The most diagnostics that are kept.
  private static let mostKept = 1000

  /// How many diagnostics were printed.
  package private(set) var complaints = 0

  /// Makes the output of two files.
  package init(output: FileDescriptor = .standardOutput, errors: FileDescriptor = .standardError) {
    self.output = output
    self.errors = errors
  }

  /// Writes `text` to standard output.
  package func print(_ text: TextBuffer) {
    guard failure == nil else { return }
    do { try output.write(text.bytes) } catch { failure = error }
  }

  /// Writes `text` to a reader that may leave at any time, which is no failure.
  ///
  /// - Returns: Whether it was written.
  package func send(_ text: TextBuffer) -> Bool {
    guard failure == nil else { return false }
    do {
      try output.write(text.bytes)
      return true
    } catch {
      if !error.isHangup { failure = error }
      return false
    }
  }

  /// Writes one line to standard output.
  package func print(line: MessageText) {
    print(TextBuffer(line.bytes + [UInt8(ascii: "\n")]))
  }

  /// Writes text to standard error that is no diagnostic: progress, questions.
  package func tell(_ text: MessageText) {
    try? errors.write(text.bytes)
  }

  /// Whether a person reads standard error.
  package var isWatched: Bool { errors.isTerminal }

  /// Prints the diagnostics that were kept.
  ///
  /// - Parameter status: The exit status, which they show.
  package func finish(_ status: ExitStatus) {
    for diagnostic in kept { try? errors.write(diagnostic.json(status).bytes) }
    kept = []
  }

  /// Writes a diagnostic to standard error. A failure to do so cannot be reported.
  package func report(_ diagnostic: Diagnostic) {
    complaints += 1
    guard isJSON else {
      try? errors.write(diagnostic.text.bytes)
      return
    }
    if kept.count >= Self.mostKept { finish(.failure) }
    kept.append(diagnostic)
  }
}
