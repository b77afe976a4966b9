// SPDX-License-Identifier: Apache-2.0

/// Bytes in hexadecimal notation, for rows of tests and for the recordings.
public enum Hex {
  /// The bytes of hexadecimal `text`, two digits each, blanks ignored; nil if it is malformed.
  public static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension [UInt8] {
  /// The bytes of a literal; a literal that is not hexadecimal is a mistake in the test.
  public init(hex text: StaticString) {
    guard let bytes = Hex.bytes("\(text)") else { preconditionFailure("not hexadecimal: \(text)") }
    self = bytes
  }

  /// The number in the order of the host at `offset`, read without the code under test.
  public func number<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number? {
    guard offset >= 0, offset + Number.bitWidth / 8 <= count else { return nil }
    var value: Number = 0
    Swift.withUnsafeMutableBytes(of: &value) { memory in
      memory.copyBytes(from: self[offset..<offset + memory.count])
    }
    return value
  }

  /// Appends a number in the order of the host.
  public mutating func append(number value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
  }
}
