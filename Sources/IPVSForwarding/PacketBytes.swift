internal import IPVSAddresses
internal import IPVSPackets

// The few fields that are read and written here beside those that `PacketHeader` knows.

extension RawSpan {
  /// The number at `offset` in network order.
  func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number {
    Number(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// Whether the sum of an IPv4 header is right. IPv6 has none.
  func hasRightHeaderChecksum(_ header: PacketHeader) -> Bool {
    guard header.family == .ipv4 else { return true }
    let length = Int(bigEndian(UInt8.self, at: 0) & 0xf) * 4
    return InternetChecksum.fold(InternetChecksum.sum(of: self, in: 0..<length)) == 0xffff
  }

  /// The bytes of a part.
  func copy(_ range: Range<Int>) -> [UInt8] {
    extracting(range).withUnsafeBytes { Array($0) }
  }
}

extension [UInt8] {
  /// Calls `body` with the bytes of a part to change them in place.
  mutating func change<Result>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) -> Result
  ) -> Result {
    withUnsafeMutableBytes { bytes in
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
      var span = part.mutableBytes
      return body(&span)
    }
  }
}

extension MutableRawSpan {
  /// Increments the time to live of a packet that a router decrements once more than is to be seen.
  mutating func restoreTimeToLive() {
    if var header = try? PacketHeader(reading: bytes) {
      header.incrementTimeToLive(&self)
    } else if byteCount >= 40, bytes.bigEndian(UInt8.self, at: 0) >> 4 == 6 {
      // The headers behind the first one are broken, which says all about hops.
      store(bigEndian: bytes.bigEndian(UInt8.self, at: 7) &+ 1, at: 7)
    }
  }

  /// Stores a number in network order.
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(
    bigEndian value: Number, at offset: Int
  ) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: Number.self)
  }

  /// Makes the checksum of the IPv4 header at the beginning anew.
  mutating func finishIPv4Header(length: Int) {
    store(bigEndian: UInt16(0), at: 10)
    let sum = InternetChecksum.sum(of: bytes, in: 0..<length)
    storeBytes(of: ~InternetChecksum.fold(sum), toByteOffset: 10, as: UInt16.self)
  }
}
