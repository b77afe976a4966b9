// SPDX-License-Identifier: Apache-2.0

/// The checksum of SCTP (RFC 9260, appendix A): the polynomial of Castagnoli, bits reflected.
public enum CRC32c {
  /// The checksum of a part of the bytes. SCTP stores it with the lowest byte first.
  ///
  /// Eight bytes a step (Kounavis, Berry: A Systematic Approach to Building High Performance,
  /// Software-based, CRC Generators, 2005).
  ///
  /// - Parameters:
  ///   - bytes: A packet, for example.
  ///   - range: Within the bytes.
  public static func checksum(of bytes: RawSpan, in range: Range<Int>) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    let tables = tables.span
    var value: UInt32 = 0xffff_ffff
    var offset = range.lowerBound
    while range.upperBound &- offset >= 8 {
      let block = UInt64(littleEndian: bytes.raw(UInt64.self, at: offset)) ^ UInt64(value)
      value = 0
      for index in 0..<8 {
        let byte = Int(block >> (8 &* index) & 0xff)
        value ^= tables[(7 &- index) &* 256 &+ byte]
      }
      offset &+= 8
    }
    while offset < range.upperBound {
      let byte = bytes.raw(UInt8.self, at: offset)
      value = tables[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8
      offset &+= 1
    }
    return ~value
  }

  /// Eight tables of 256: the remainder of a byte that 0 to 7 bytes of zero follow.
  private static let tables: [UInt32] = {
    var tables = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) &* 0x82f6_3b78 }
    }
    for index in 256..<2048 {
      let value = tables[index - 256]
      tables.append(tables[Int(value & 0xff)] ^ value >> 8)
    }
    return tables
  }()
}
