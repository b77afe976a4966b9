// SPDX-License-Identifier: Apache-2.0

/// A JSON document (RFC 8259) that is being written, on one line.
public struct JSONWriter {
  /// What was written.
  public private(set) var text: TextBuffer

  private static let longText = 64 << 10

  /// Whether a value precedes the next one in its object or array.
  private var isBehindValue = false

  /// Begins behind what `text` holds.
  public init(_ text: TextBuffer = TextBuffer()) {
    self.text = text
  }

  /// Writes a value that `content` writes into braces.
  public mutating func object(_ content: (inout JSONWriter) -> Void) {
    nest("{", "}", content)
  }

  /// Writes values that `content` writes into brackets.
  public mutating func array(_ content: (inout JSONWriter) -> Void) {
    nest("[", "]", content)
  }

  /// Writes the name of the value that follows. Names need no escapes.
  public mutating func name(_ name: StaticString) {
    separate()
    text.append(byte: quote)
    text.append(literal: name)
    text.append(byte: quote)
    text.append(byte: UInt8(ascii: ":"))
    isBehindValue = false
  }

  /// Writes a number.
  public mutating func value(_ number: some BinaryInteger) {
    separate()
    text.append(number)
  }

  /// Writes a part of a whole as a number from 0 to 1, with nine digits behind the point, none of them rounded
  /// up.
  ///
  /// - Parameters:
  ///   - part: At least 0; more than the whole counts as all of it.
  ///   - whole: At least 1.
  public mutating func value(_ part: Int, of whole: Int) {
    separate()
    guard part < whole else { return text.append(1) }
    var rest = UInt64(part)
    text.append("0.")
    for _ in 0..<9 {
      rest *= 10
      text.append(byte: UInt8(ascii: "0") + UInt8(rest / UInt64(whole)))
      rest %= UInt64(whole)
    }
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) {
    separate()
    text.append(flag ? "true" : "false")
  }

  /// Writes `null`.
  public mutating func null() {
    separate()
    text.append("null")
  }

  /// Writes text that needs no escape.
  public mutating func value(_ text: StaticString) {
    separate()
    self.text.append(byte: quote)
    self.text.append(literal: text)
    self.text.append(byte: quote)
  }

  /// Writes text.
  public mutating func value(_ text: String) { value(bytes: text.utf8) }

  /// Writes text.
  public mutating func value(_ text: ByteString) { value(bytes: text.bytes) }

  /// Hands over what was written, where that is long, and goes on with nothing: a long document is never in
  /// memory as a whole.
  public mutating func handOver(to take: (TextBuffer) -> Void) {
    guard text.count >= Self.longText else { return }
    take(text)
    text.removeAll()
  }

  /// Ends the document's line.
  public mutating func endLine() {
    text.append(byte: UInt8(ascii: "\n"))
    isBehindValue = false
  }

  private mutating func separate() {
    if isBehindValue { text.append(byte: UInt8(ascii: ",")) }
    isBehindValue = true
  }

  private mutating func nest(
    _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ content: (inout JSONWriter) -> Void
  ) {
    separate()
    text.append(byte: UInt8(ascii: opening))
    isBehindValue = false
    content(&self)
    text.append(byte: UInt8(ascii: closing))
    isBehindValue = true
  }
}

// MARK: - Names with values

extension JSONWriter {
  /// Writes a number with its name.
  public mutating func field(_ name: StaticString, _ number: some BinaryInteger) {
    self.name(name)
    value(number)
  }

  /// Writes `true` or `false` with its name.
  public mutating func field(_ name: StaticString, _ flag: Bool) {
    self.name(name)
    value(flag)
  }

  /// Writes text that needs no escape with its name.
  public mutating func field(_ name: StaticString, word: StaticString) {
    self.name(name)
    value(word)
  }

  /// Writes text with its name; null where there is none.
  public mutating func field(_ name: StaticString, _ text: String?) {
    self.name(name)
    if let text { value(text) } else { null() }
  }

  /// Writes text with its name; null where there is none.
  public mutating func field(_ name: StaticString, _ text: ByteString?) {
    self.name(name)
    if let text { value(text) } else { null() }
  }

  /// Writes a number with its name; null where there is none.
  public mutating func field(_ name: StaticString, optional number: (some BinaryInteger)?) {
    self.name(name)
    if let number { value(number) } else { null() }
  }

  /// Writes an object with its name.
  public mutating func object(_ name: StaticString, _ content: (inout JSONWriter) -> Void) {
    self.name(name)
    object(content)
  }

  /// Writes an array with its name.
  public mutating func array(_ name: StaticString, _ content: (inout JSONWriter) -> Void) {
    self.name(name)
    array(content)
  }
}

// MARK: - Text

extension JSONWriter {
  /// Writes text. What is not UTF-8 is written as the character with the number of the byte, so that the
  /// document is valid and no byte is lost.
  private mutating func value(bytes: some Collection<UInt8>) {
    separate()
    text.append(byte: quote)
    let bytes = Array(bytes)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        append(ascii: byte)
        index += 1
      } else if let length = Self.lengthOfCharacter(in: bytes, at: index) {
        text.append(contentsOf: bytes[index..<(index + length)])
        index += length
      } else {
        append(escape: byte)
        index += 1
      }
    }
    text.append(byte: quote)
  }

  private mutating func append(ascii byte: UInt8) {
    switch byte {
    case quote, UInt8(ascii: "\\"):
      text.append(byte: UInt8(ascii: "\\"))
      text.append(byte: byte)
    case 0..<0x20, 0x7f: append(escape: byte)
    default: text.append(byte: byte)
    }
  }

  private mutating func append(escape byte: UInt8) {
    let digits = Array("0123456789abcdef".utf8)
    text.append("\\u00")
    text.append(byte: digits[Int(byte >> 4)])
    text.append(byte: digits[Int(byte & 0xf)])
  }

  /// The length of the UTF-8 sequence of several bytes that begins at `index`; nil where none does.
  private static func lengthOfCharacter(in bytes: [UInt8], at index: Int) -> Int? {
    let length =
      switch bytes[index] {
      case 0xc2...0xdf: 2
      case 0xe0...0xef: 3
      case 0xf0...0xf4: 4
      default: 0
      }
    guard length > 0, index + length <= bytes.count else { return nil }
    let sequence = bytes[index..<(index + length)]
    return String(validating: sequence, as: UTF8.self) == nil ? nil : length
  }
}

private let quote = UInt8(ascii: "\"")
