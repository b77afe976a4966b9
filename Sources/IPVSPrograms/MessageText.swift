// SPDX-License-Identifier: Apache-2.0

package import IPVSText

/// A line of a message: text with bytes from the user in it.
package struct MessageText: ExpressibleByStringInterpolation, Equatable, Sendable {
  package private(set) var bytes: [UInt8]

  package init(stringLiteral text: String) {
    bytes = Array(text.utf8)
  }

  package init(stringInterpolation: Interpolation) {
    bytes = stringInterpolation.buffer.bytes
  }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var buffer: TextBuffer

    package init(literalCapacity: Int, interpolationCount: Int) {
      buffer = TextBuffer(capacity: literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) {
      buffer.append(literal)
    }

    package mutating func appendInterpolation(_ text: MessageText) {
      buffer.append(contentsOf: text.bytes)
    }

    package mutating func appendInterpolation(_ text: String) {
      buffer.append(text)
    }

    package mutating func appendInterpolation(_ text: StaticString) {
      text.withUTF8Buffer { buffer.append(contentsOf: $0) }
    }

    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      buffer.append(number)
    }

    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      buffer.append(value.description)
    }

    /// Every byte as it is.
    package mutating func appendInterpolation(_ text: ByteString) {
      buffer.append(text)
    }

    /// Quoted, in printable bytes only, and not longer than a line is wide.
    package mutating func appendInterpolation(quoting text: ByteString) {
      buffer.append(byte: UInt8(ascii: "`"))
      appendInterpolation(printing: text, atMost: 60)
      buffer.append(byte: UInt8(ascii: "'"))
    }

    package mutating func appendInterpolation(printing text: ByteString, atMost limit: Int) {
      let bytes = text.bytes.prefix(limit)
      // As nearly all texts are: one copy takes a tenth of the time.
      if bytes.allSatisfy(Self.isPrintable) {
        buffer.append(contentsOf: bytes)
      } else {
        for byte in bytes { append(printing: byte) }
      }
      if text.count > limit { buffer.append("...") }
    }

    private mutating func append(printing byte: UInt8) {
      guard !Self.isPrintable(byte) else { return buffer.append(byte: byte) }
      buffer.append("\\x")
      buffer.append(byte: Self.digits[Int(byte >> 4)])
      buffer.append(byte: Self.digits[Int(byte & 0xf)])
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f }

    private static let digits = Array("0123456789abcdef".utf8)
  }
}

extension MessageText: CustomStringConvertible {
  /// The text, with bytes that are not UTF-8 replaced by U+FFFD.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension MessageText {
  package static func + (left: MessageText, right: MessageText) -> MessageText {
    "\(left)\(right)"
  }
}

extension [MessageText] {
  /// The texts with `separator` between them.
  package func joined(by separator: StaticString = ", ") -> MessageText {
    var text: MessageText = ""
    for (index, part) in enumerated() {
      text = index == 0 ? part : "\(text)\(separator)\(part)"
    }
    return text
  }
}

extension ByteString {
  /// The text that `content` appends.
  package init(_ content: (inout TextBuffer) -> Void) {
    var text = TextBuffer()
    content(&text)
    self.init(text.bytes)
  }
}
