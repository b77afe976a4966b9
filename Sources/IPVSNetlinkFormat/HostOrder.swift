// Numbers as bytes in the order of the host, which is netlink's. All reading and writing of numbers
// in this module goes through here.

extension [UInt8] {
  /// Puts a number over the bytes from `start` on.
  @inline(__always)
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(
    hostOrder value: Number, at start: Int
  ) {
    var span = mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: value, toByteOffset: start, as: Number.self)
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
