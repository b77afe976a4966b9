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
