/// The frame of an attribute: two bytes of length, two of type, the payload, padding to four bytes
/// (netlink(7), `struct nlattr`).
public enum Attribute {
  public static let headerLength = 4

  /// The bit in a type that says that the payload is attributes (`NLA_F_NESTED`).
  package static var nested: UInt16 { 0x8000 }

  /// The bits of a type that are its number; the others are marks (`NLA_TYPE_MASK`).
  package static var numberMask: UInt16 { 0x3fff }

  /// Calls `body` with the number and the payload of each attribute in `bytes`, in order,
  /// after the first `header` bytes.
  ///
  /// Fewer than four bytes after the last attribute are passed over, as the kernel does. A length
  /// that does not fit throws: what is left of it cannot be told from what follows.
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

// Numbers as bytes in the order of the host, which is netlink's. All reading and writing of numbers
// in this module goes through here.

extension UnsafeMutableRawPointer {
  /// Puts a number over the bytes from `offset` on.
  @inline(__always)
  func store<Number: FixedWidthInteger & BitwiseCopyable>(hostOrder value: Number, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: Number.self)
  }
}

extension RawSpan {
  /// The number that begins at `offset`, or nil if the bytes end before it does.
  @inlinable
  @inline(__always)
  package func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<Number>.size else { return nil }
    return unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
  }
}

/// The typed reading of an attribute's payload.
///
/// A payload longer than its type is read from its beginning, as the kernel reads it; a shorter one
/// throws.
extension RawSpan {
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
