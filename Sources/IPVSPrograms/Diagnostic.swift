// SPDX-License-Identifier: Apache-2.0

package import IPVSText

/// What a user is told when something fails: the line that ipvsadm 1.31 prints, which scripts match,
/// and below it what a person needs.
package struct Diagnostic: Hashable, Sendable {
  /// One or more lines that begin in the first column.
  package var headline: ByteString

  /// Lines that name the object, the cause, and the remedy. Each is printed after two blanks.
  package var details: [ByteString]

  /// The name of the errno that the diagnostic is about, such as `ENOENT`; nil where there is none.
  package var errno: String?

  /// The service and the real server that the diagnostic is about, as JSON documents name them; nil where
  /// it is about none.
  package var service: String?
  package var server: String?

  /// Where in a file the fault is, where it is in one.
  package var place: Place?

  /// A place in a file.
  package struct Place: Hashable, Sendable {
    /// The name as typed.
    package let file: ByteString

    /// Counted from 1.
    package let line: Int

    /// In characters, counted from 1; nil where the whole line is meant.
    package let column: Int?

    package init(file: ByteString, line: Int, column: Int? = nil) {
      self.file = file
      self.line = line
      self.column = column
    }
  }

  package init(_ headline: ByteString, _ details: [ByteString] = []) {
    self.headline = headline
    self.details = details
  }

  /// - Parameter explanation: Nil where the headline says all.
  package init(_ headline: MessageText, _ explanation: Explanation?) {
    self.init(
      ByteString(headline.bytes), (explanation?.lines ?? []).map { ByteString($0.bytes) })
  }

  /// - Parameter position: The line of input that is meant, where there is one.
  package init(_ headline: MessageText, _ explanation: Explanation, at position: MessageText? = nil)
  {
    self.init(
      ByteString(headline.bytes),
      ((position.map { [$0] } ?? []) + explanation.lines).map { ByteString($0.bytes) })
  }

  /// The headline and the details as they are printed, each line with its end.
  package var text: TextBuffer {
    var text = TextBuffer()
    text.append(headline)
    text.append(byte: UInt8(ascii: "\n"))
    for detail in details {
      text.append("  ")
      text.append(detail)
      text.append(byte: UInt8(ascii: "\n"))
    }
    return text
  }
}

/// What a diagnostic says below its headline.
///
/// A remedy that can be typed is a whole command between single quotes that begins with `ipvsadm`:
/// tests find it by that, run it, and compare the table before and after. Words in capitals in it,
/// such as FILE, are for the user to replace.
package struct Explanation: Equatable {
  /// The objects that are meant, such as `service: TCP 10.0.0.1:80`.
  package var objects: [MessageText] = []

  /// What is wrong, with the word or the object at fault.
  package var cause: MessageText

  /// What a program that was asked for help printed.
  package var output: [MessageText] = []

  /// What to do.
  package var remedy: MessageText?

  package init(_ cause: MessageText, _ remedy: MessageText? = nil) {
    self.cause = cause
    self.remedy = remedy
  }

  /// The same explanation of an object.
  package func about(_ objects: MessageText...) -> Explanation {
    var explanation = self
    explanation.objects = objects + explanation.objects
    return explanation
  }

  /// The most bytes in a line: words of the user may be of any length.
  private static let longestLine = 500

  /// The lines in printable bytes: a word of the user's in them may hold the end of a line.
  package var lines: [MessageText] {
    let all = objects + ["cause: \(cause)"] + output + (remedy.map { ["remedy: \($0)"] } ?? [])
    return all.map { "\(printing: ByteString($0.bytes), atMost: Self.longestLine)" }
  }
}
