internal import IPVSText

/// What stands below the first line of a message about words: why they are at fault, and what to
/// write instead.
struct Explanation: Equatable {
  /// Names what was typed, and says what is wrong with it.
  var cause: MessageText
  var remedy: MessageText?

  init(_ cause: MessageText, _ remedy: MessageText? = nil) {
    self.cause = cause
    self.remedy = remedy
  }
}

extension TextBuffer {
  mutating func append(_ explanation: Explanation) {
    appendDetail("cause: \(explanation.cause)")
    if let remedy = explanation.remedy { appendDetail("remedy: \(remedy)") }
  }

  /// Appends a line indented by two blanks.
  mutating func appendDetail(_ text: MessageText) {
    append("  ")
    append(contentsOf: text.bytes)
    append(byte: UInt8(ascii: "\n"))
  }
}
