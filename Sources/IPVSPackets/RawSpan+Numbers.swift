// SPDX-License-Identifier: Apache-2.0

// Numbers in packets. All loading and storing in this module goes through here, and nothing here checks
// bounds: the caller has compared the offset with what was validated.

extension RawSpan {
  /// The bytes at `offset` as a number in the order of memory.
  @inlinable @inline(__always)
  func raw<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number {
    unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
  }

  /// The number at `offset` in network order.
  @inlinable @inline(__always)
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number {
    Number(bigEndian: raw(Number.self, at: offset))
  }

  /// The bytes of a part.
  func copy(_ range: Range<Int>) -> [UInt8] {
    extracting(range).withUnsafeBytes { Array($0) }
  }
}

extension MutableRawSpan {
  /// The bytes at `offset` as a number in the order of memory.
  @inlinable @inline(__always)
  func raw<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number {
    unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
  }

  /// The number at `offset` in network order.
  @inlinable @inline(__always)
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number {
    Number(bigEndian: raw(Number.self, at: offset))
  }

  @inlinable @inline(__always)
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(
    raw value: Number, at offset: Int
  ) {
    storeBytes(of: value, toUncheckedByteOffset: offset, as: Number.self)
  }

  /// Stores a number in network order.
  @inlinable @inline(__always)
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(
    _ value: Number, at offset: Int
  ) {
    store(raw: value.bigEndian, at: offset)
  }

  /// Copies a part of other bytes to `offset`. Here, bounds are checked.
  mutating func copy(_ source: RawSpan, _ range: Range<Int>, at offset: Int) {
    precondition(offset >= 0 && range.count <= byteCount - offset)
    withUnsafeMutableBytes { bytes in
      source.extracting(range).withUnsafeBytes { part in
        UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: part)
      }
    }
  }
}
