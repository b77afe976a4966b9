// SPDX-License-Identifier: Apache-2.0

/// Text of the system: bytes that people read, but that are not always UTF-8.
///
/// Command-line words, lines of restore input, and names that the kernel keeps pass through the
/// program unchanged, whatever their bytes.
public struct ByteString: Hashable, Sendable {
  /// The bytes, without a closing zero.
  public var bytes: [UInt8]

  /// Makes a text of bytes.
  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  /// Makes a text of the UTF-8 of `text`.
  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Makes a text of the bytes before the zero that ends a C string.
  public init(cString text: UnsafePointer<CChar>) {
    var count = 0
    while text[count] != 0 { count += 1 }
    bytes = Array(UnsafeRawBufferPointer(start: text, count: count))
  }

  /// Whether there are no bytes.
  public var isEmpty: Bool { bytes.isEmpty }

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Whether the text begins with `prefix`, byte for byte.
  public func hasPrefix(_ prefix: StaticString) -> Bool {
    prefix.withUTF8Buffer { bytes.starts(with: $0) }
  }
}

extension ByteString: ExpressibleByStringLiteral {
  /// Makes a text of the UTF-8 of a literal.
  public init(stringLiteral text: StaticString) {
    bytes = text.withUTF8Buffer { Array($0) }
  }
}

extension ByteString: Comparable {
  /// By bytes.
  public static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension ByteString: CustomStringConvertible {
  /// The text with bytes that are not UTF-8 replaced by U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
