// Numbers in packets. All loading and storing in this module goes through here, and nothing here looks
// at bounds: who calls has compared the place with what was validated.

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
}
