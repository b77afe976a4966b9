// SPDX-License-Identifier: Apache-2.0

package import IPVSText

/// What is written to a terminal to show lines in place of those that it shows (the control sequences that
/// xterm, tmux, and the Linux console share).
package struct ScreenWriter: Sendable {
  /// The lines on the terminal; nil where that is not known.
  private var shown: [[UInt8]]?

  package init() {}

  /// Takes the whole terminal, where it can be given back as it was: the alternate screen, without a cursor.
  package static var beginning: TextBuffer { TextBuffer(Array("\u{1b}[?1049h\u{1b}[?25l".utf8)) }

  /// Gives it back. A terminal without an alternate screen keeps the lines, and goes on below them.
  ///
  /// - Parameter rows: How many rows the terminal has.
  package static func ending(rows: Int) -> TextBuffer {
    TextBuffer(Array("\u{1b}[\(rows);1H\u{1b}[K\u{1b}[?25h\u{1b}[?1049l".utf8))
  }

  /// Whatever the terminal shows is shown anew.
  package mutating func forget() { shown = nil }

  /// The bytes that show `lines`; of the lines that are there already, none.
  ///
  /// - Parameter lines: As many as the terminal has rows, none wider than it.
  package mutating func update(to lines: [TextBuffer]) -> TextBuffer {
    let lines = lines.map(\.bytes)
    var text = TextBuffer()
    if shown?.count != lines.count {
      text.append("\u{1b}[H\u{1b}[2J")
      shown = Array(repeating: [], count: lines.count)
    }
    for (index, line) in lines.enumerated() where shown?[index] != line {
      // The line is cleared first: behind a full one the cursor is still on its last character.
      text.append("\u{1b}[\(index + 1);1H\u{1b}[K")
      text.append(contentsOf: line)
    }
    shown = lines
    return text
  }
}
