// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// A line of a screen that is being built: printable ASCII in columns, and not wider than the screen.
/// Whatever else a text holds becomes a question mark, so that no name can bring a terminal's controls.
struct ScreenLine {
  /// How text looks (ECMA-48, SGR), where colors are wanted.
  enum Style {
    case strong
    case alarm
    case warning
    case good
    case remark

    fileprivate var code: StaticString {
      switch self {
      case .strong: "1"
      case .alarm: "1;31"
      case .warning: "33"
      case .good: "32"
      case .remark: "36"
      }
    }
  }

  private(set) var text = TextBuffer()

  /// How many columns are filled.
  private(set) var width = 0

  private let limit: Int
  private let isColored: Bool

  /// - Parameter limit: The most columns.
  init(limit: Int = .max, isColored: Bool) {
    self.limit = limit
    self.isColored = isColored
  }

  /// Appends text, as far as there is room.
  mutating func append(_ more: some Collection<UInt8>, _ style: Style? = nil) {
    let style = isColored && !more.isEmpty ? style : nil
    if let style { appendControl(style.code) }
    for byte in more {
      guard width < limit else { break }
      text.append(byte: 0x20...0x7e ~= byte ? byte : UInt8(ascii: "?"))
      width += 1
    }
    if style != nil { appendControl("0") }
  }

  mutating func append(_ more: String, _ style: Style? = nil) { append(more.utf8, style) }

  /// Appends blanks up to a column, counted from 0.
  mutating func advance(to column: Int) {
    let count = min(column, limit) - width
    guard count > 0 else { return }
    text.appendBlanks(count)
    width += count
  }

  /// Appends text that ends before a column.
  mutating func append(_ more: String, before column: Int, _ style: Style? = nil) {
    advance(to: column - more.utf8.count)
    append(more, style)
  }

  private mutating func appendControl(_ code: StaticString) {
    text.append("\u{1b}[")
    text.append(literal: code)
    text.append("m")
  }
}
