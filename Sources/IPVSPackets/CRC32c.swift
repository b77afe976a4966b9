/// The checksum of SCTP (RFC 9260, appendix A): the polynomial of Castagnoli, bits reflected.
public enum CRC32c {
  /// The checksum of a part of the bytes. SCTP stores it with the lowest byte first.
  ///
  /// - Parameter range: lies within the bytes.
  public static func checksum(of bytes: RawSpan, in range: Range<Int>) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    var value: UInt32 = 0xffff_ffff
    for offset in range {
      let byte = bytes.raw(UInt8.self, at: offset)
      value = table[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8
    }
    return ~value
  }

  private static let table: InlineArray<256, UInt32> = InlineArray { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 0 ? 0 : 0x82f6_3b78) }
    return value
  }
}
