// SPDX-License-Identifier: Apache-2.0

package import IPVSText

/// A line of a configuration, as messages name it.
package struct SourcePlace: Hashable, Sendable {
  /// The name of the file, as typed or as an include found it; `-` is standard input.
  package let file: ByteString

  /// Counted from 1. Of text that a macro put there, the line that uses the macro.
  package let line: Int

  /// Where the macro of the text is defined; nil where the text is the file's own.
  package let macro: Definition?

  /// The first line of a macro's definition.
  package struct Definition: Hashable, Sendable {
    package let file: ByteString
    package let line: Int
  }

  init(_ file: ByteString, _ line: Int, macro: Definition? = nil) {
    self.file = file
    self.line = line
    self.macro = macro
  }
}

/// What an import says about a line: what it did not carry over, or carried over in another form.
package struct ImportNote: Hashable, Sendable {
  /// How much is lost, in ascending order.
  package enum Severity: UInt8, Comparable, Hashable, Sendable {
    /// The line has no meaning for a table.
    case ignored

    /// A behavior of the program that a table does not have.
    case note

    /// The program itself takes the line otherwise than it reads, and so does the import.
    case warning

    /// A part is left out; the program leaves it out, too.
    case error

    /// The file cannot be read to its end, and there are no rules.
    case fatal

    package static func < (left: Severity, right: Severity) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  package let severity: Severity

  /// Nil where the note is about no line.
  package let place: SourcePlace?

  /// One line, which may hold any character of the configuration.
  package let text: String

  /// Whether each configuration has such lines, so that they are told on request only.
  package let isRoutine: Bool

  init(_ severity: Severity, _ place: SourcePlace?, _ text: String, isRoutine: Bool = false) {
    self.severity = severity
    self.place = place
    self.text = text
    self.isRoutine = isRoutine
  }
}

extension ImportNote.Severity: CustomStringConvertible {
  /// The word of messages.
  package var description: String {
    switch self {
    case .ignored: "ignored"
    case .note: "note"
    case .warning: "warning"
    case .error: "error"
    case .fatal: "fatal"
    }
  }
}

/// Why nothing is imported. It has been noted.
struct ImportEnd: Error {}
