/// Text as the system hands it over: bytes that are for people to read, but not always UTF-8.
///
/// Command-line words, lines of restore input, and names that the kernel keeps pass through the
/// program unchanged, whatever their bytes.
public struct ByteString: Hashable, Sendable {
  public var bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The bytes before the zero byte that ends a text of C.
  public init(cString text: UnsafePointer<CChar>) {
    bytes = []
    while case let byte = text[bytes.count], byte != 0 { bytes.append(UInt8(bitPattern: byte)) }
  }

  public var isEmpty: Bool { bytes.isEmpty }

  public var count: Int { bytes.count }

  /// Whether the text begins with `prefix`, byte for byte.
  public func hasPrefix(_ prefix: StaticString) -> Bool {
    prefix.withUTF8Buffer { bytes.starts(with: $0) }
  }
}

extension ByteString: ExpressibleByStringLiteral {
  public init(stringLiteral text: StaticString) {
    bytes = text.withUTF8Buffer { Array($0) }
  }
}

extension ByteString: Comparable {
  public static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension ByteString: CustomStringConvertible {
  /// The text with bytes that are not UTF-8 replaced by U+FFFD. For messages in tests; what is
  /// printed to users goes out as `bytes`.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
