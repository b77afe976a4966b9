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
