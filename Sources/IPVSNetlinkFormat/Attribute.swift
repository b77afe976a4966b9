// SPDX-License-Identifier: Apache-2.0

/// The layout of an attribute (netlink(7), `struct nlattr`): length and type in two bytes each, payload,
/// padding to four bytes.
public enum Attribute {
  public static let headerLength = 4

  /// The type's flag for a payload of attributes (`NLA_F_NESTED`).
  package static var nested: UInt16 { 0x8000 }

  /// The bits of a type that are its number; the others are flags (`NLA_TYPE_MASK`).
  package static var numberMask: UInt16 { 0x3fff }

  /// Calls `body` with the number and payload of each attribute after the first `header` bytes.
  ///
  /// Ignores up to three bytes after the last attribute, as the kernel does.
  ///
  /// - Throws: `attributeLength` if a length field does not fit, or what `body` throws.
  public static func forEach(
    in bytes: RawSpan, skipping header: Int = 0,
    _ body: (UInt16, RawSpan) throws(NetlinkFormatError) -> Void
  ) throws(NetlinkFormatError) {
    var offset = header
    while let claimed = bytes.load(UInt16.self, at: offset),
      let type = bytes.load(UInt16.self, at: offset + 2)
    {
      let length = Int(claimed)
      let available = bytes.byteCount - offset
      guard length >= headerLength, length <= available else {
        throw .attributeLength(type: type & numberMask, claimed: length, available: available)
      }
      try body(type & numberMask, bytes.extracting(offset + headerLength..<offset + length))
      offset += (length + 3) & ~3
    }
  }
}

// Netlink uses host byte order. All numbers of this module are read and written here.

extension UnsafeMutableRawPointer {
  /// Stores a number at `offset`, in host byte order.
  @inline(__always)
  func store<Number: FixedWidthInteger & BitwiseCopyable>(hostOrder value: Number, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: Number.self)
  }
}

extension RawSpan {
  /// The number at `offset` in host byte order, or nil if it does not fit.
  @inlinable
  @inline(__always)
  package func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<Number>.size else { return nil }
    return unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
  }
}

// Typed reading of an attribute's payload. Bytes after the value are ignored, as in the kernel.
extension RawSpan {
  /// The number at the start of the payload.
  ///
  /// - Parameter attribute: The attribute's number, for the error.
  /// - Throws: `attributeTooShort`.
  public func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, of attribute: UInt16
  ) throws(NetlinkFormatError) -> Number {
    guard let value = load(type, at: 0) else {
      throw .attributeTooShort(
        type: attribute, needed: MemoryLayout<Number>.size, available: byteCount)
    }
    return value
  }

  /// The text before the first zero byte, or all of it.
  public func text() -> [UInt8] {
    var text: [UInt8] = []
    for offset in 0..<byteCount {
      guard let byte = load(UInt8.self, at: offset), byte != 0 else { break }
      text.append(byte)
    }
    return text
  }
}
