// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// Words of a keepalived.conf, and the block behind them where there is one.
struct KeepalivedStatement {
  /// Empty where a block has none.
  var words: [ByteString]
  let place: SourcePlace

  /// Nil where there are no braces.
  var block: [KeepalivedStatement]?

  /// The first word.
  var keyword: ByteString { words.first ?? "" }

  /// A word behind the first; nil where there are fewer.
  subscript(index: Int) -> ByteString? { index < words.count ? words[index] : nil }
}

/// Reads a keepalived.conf block by block.
///
/// A word and the `{` of its block may be on one line or on two, and content may follow both braces.
struct KeepalivedBlocks {
  /// Blocks in each other; keepalived has five at most. What is deeper is passed over.
  static let mostDepth = 32

  private var text: KeepalivedText

  /// The blocks that are open.
  private var open: [KeepalivedStatement] = []

  /// How many more are open that are passed over.
  private var passedOver = 0

  /// The last words, which may have a block still.
  private var pending: KeepalivedStatement?
  private var complete: [KeepalivedStatement] = []

  init(_ text: KeepalivedText) { self.text = text }

  /// The next statement outside of all blocks; nil at the end.
  mutating func next(_ result: inout Import) throws(ImportEnd) -> KeepalivedStatement? {
    while complete.isEmpty {
      guard let line = try text.next(&result) else {
        guard pending != nil || !open.isEmpty else { return nil }
        finish(&result)
        continue
      }
      for token in LineTokens(line.bytes) { take(token, at: line.place, &result) }
    }
    return complete.removeFirst()
  }

  private mutating func take(
    _ token: LineTokens.Token, at place: SourcePlace, _ result: inout Import
  ) {
    switch token {
    case .words(let words):
      guard passedOver == 0 else { return }
      settle()
      pending = KeepalivedStatement(words: words, place: place)
    case .opening: beginBlock(at: place, &result)
    case .closing:
      guard passedOver == 0 else {
        passedOver -= 1
        return
      }
      settle()
      guard let block = open.popLast() else {
        result.note(.error, place, "no block is open that this } could close")
        return
      }
      append(block)
    }
  }

  private mutating func beginBlock(at place: SourcePlace, _ result: inout Import) {
    guard passedOver == 0, open.count < Self.mostDepth else {
      if passedOver == 0 {
        result.note(.error, place, "blocks are nested more than \(Self.mostDepth) deep")
      }
      passedOver += 1
      return
    }
    if pending == nil {
      result.note(.error, place, "the block that begins here has no name, and is left out")
    }
    var block = pending ?? KeepalivedStatement(words: [], place: place)
    pending = nil
    block.block = []
    open.append(block)
  }

  /// Puts the last words where they belong.
  private mutating func settle() {
    guard let statement = pending else { return }
    pending = nil
    append(statement)
  }

  private mutating func append(_ statement: KeepalivedStatement) {
    if open.isEmpty {
      complete.append(statement)
    } else {
      open[open.count - 1].block?.append(statement)
    }
  }

  /// Ends the blocks that the end of the text leaves open, as keepalived does.
  private mutating func finish(_ result: inout Import) {
    settle()
    passedOver = 0
    while let block = open.popLast() {
      result.note(
        .warning, block.place, "the block of \(block.keyword) has no }; it ends with the file")
      append(block)
    }
  }
}

/// The words and braces of a line. A quoted text is a word of its own and may hold blanks and braces.
struct LineTokens: Sequence, IteratorProtocol {
  enum Token {
    case words([ByteString])
    case opening
    case closing
  }

  private let line: [UInt8]
  private var index = 0

  init(_ line: [UInt8]) { self.line = line }

  mutating func next() -> Token? {
    var words: [ByteString] = []
    while true {
      while index < line.count, isBlank(line[index]) { index += 1 }
      guard index < line.count else { return words.isEmpty ? nil : .words(words) }
      guard !isBrace(line[index]) else {
        guard words.isEmpty else { return .words(words) }
        index += 1
        return line[index - 1] == UInt8(ascii: "{") ? .opening : .closing
      }
      words.append(word())
    }
  }

  private func isBrace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  private mutating func word() -> ByteString {
    if Self.isQuote(line[index]) { return quoted() }
    let start = index
    while index < line.count, !isBlank(line[index]), !isBrace(line[index]),
      line[index] != UInt8(ascii: "\"")
    {
      // The name of a macro that is not defined.
      let isMacro = line[index] == dollar
      index = (isMacro ? MacroUse(in: line, at: index)?.range.upperBound : nil) ?? index + 1
    }
    return ByteString(line[start..<index])
  }

  /// A text in quotation marks; without a second one it goes to the end of the line.
  private mutating func quoted() -> ByteString {
    let quote = line[index]
    index += 1
    var text: [UInt8] = []
    while index < line.count, line[index] != quote {
      guard line[index] == UInt8(ascii: "\\"), index + 1 < line.count else {
        text.append(line[index])
        index += 1
        continue
      }
      index += 1
      text.append(escaped())
    }
    index += 1
    return ByteString(text)
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "E"): 27, UInt8(ascii: "f"): 12,
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
  ]

  /// The character of an escape sequence, from the byte behind the `\` on.
  private mutating func escaped() -> UInt8 {
    let first = line[index]
    index += 1
    switch first {
    case UInt8(ascii: "x"): return number(radix: 16, digits: 2) ?? first
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      index -= 1
      return number(radix: 8, digits: 3) ?? first
    case UInt8(ascii: "c"), UInt8(ascii: "C"):
      guard index < line.count else { return first }
      index += 1
      return line[index - 1] & 0x1f
    default: return Self.escapes[first] ?? first
    }
  }

  private mutating func number(radix: Int, digits: Int) -> UInt8? {
    var value: Int?
    for _ in 0..<digits {
      guard index < line.count,
        let digit = Character(Unicode.Scalar(line[index])).hexDigitValue, digit < radix
      else { break }
      value = (value ?? 0) * radix + digit
      index += 1
    }
    return value.map { UInt8(truncatingIfNeeded: $0) }
  }
}
