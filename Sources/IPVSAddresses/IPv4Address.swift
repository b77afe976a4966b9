// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// An address of 32 bits.
public struct IPv4Address: Hashable, Sendable {
  /// The address as a number: 10.0.0.1 is 0x0a000001.
  public let bits: UInt32

  /// The address of this number.
  public init(_ bits: UInt32) {
    self.bits = bits
  }

  /// Reads an address as inet_aton(3) does: one to four numbers with dots between them, decimal,
  /// octal (leading `0`) or hexadecimal (leading `0x`); the last number fills the bytes that remain.
  /// `10.1`, `0x0a000001`, and `167772161` are all 10.0.0.1.
  ///
  /// Nil for everything else, and, unlike inet_aton, for text after the address: C accepts a blank
  /// and any text after it.
  public init?(_ text: ByteString) {
    let parts = text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 4 else { return nil }
    var value: UInt32 = 0
    for (index, part) in parts.enumerated() {
      guard let number = Self.number(part) else { return nil }
      let isLast = index == parts.count - 1
      guard number <= (isLast ? UInt32.max >> (8 * index) : 0xff) else { return nil }
      value |= isLast ? number : number << (24 - 8 * index)
    }
    bits = value
  }

  /// A C integer literal without sign.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
    guard let first = digits.first else { return nil }
    guard first == UInt8(ascii: "0"), digits.count > 1 else { return number(digits, radix: 10) }
    let second = digits[digits.startIndex + 1]
    let isHexadecimal = second == UInt8(ascii: "x") || second == UInt8(ascii: "X")
    return isHexadecimal
      ? number(digits.dropFirst(2), radix: 16) : number(digits.dropFirst(), radix: 8)
  }

  private static func number(_ digits: ArraySlice<UInt8>, radix: UInt32) -> UInt32? {
    guard !digits.isEmpty else { return nil }
    var value: UInt32 = 0
    for byte in digits {
      guard let digit = hexDigitValue(byte), digit < radix else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      guard !overflow, product <= UInt32.max - digit else { return nil }
      value = product + digit
    }
    return value
  }

  /// Whether the address is in 224.0.0.0/4 (RFC 5771).
  public var isMulticast: Bool { bits >> 28 == 0xe }
}

/// The value of a hexadecimal digit in ASCII, or nil.
func hexDigitValue(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}

extension IPv4Address: Comparable {
  /// By number.
  public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.bits < right.bits }
}

extension IPv4Address {
  /// The bytes that must be free for the text of an address: one more than the text may have.
  public static let textRoom = 16
}

extension MutableRawSpan {
  /// Writes the dotted quad over the bytes from `start`, and returns the offset after the last.
  /// Needs `IPv4Address.textRoom` bytes.
  @inlinable
  public mutating func write(_ address: IPv4Address, at start: Int) -> Int {
    writeOctets(address.bits, at: start)
  }
}

extension TextBuffer {
  /// Appends the dotted quad.
  public mutating func append(_ address: IPv4Address) {
    append(atMost: IPv4Address.textRoom) { output in output.write(address, at: 0) }
  }
}

extension IPv4Address: LosslessStringConvertible {
  /// Reads an address as `init(_: ByteString)` does.
  public init?(_ text: String) {
    self.init(ByteString(text))
  }

  /// The dotted quad.
  public var description: String {
    var text = TextBuffer()
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
