// Numbers as bytes in the order of the host, which is netlink's. All reading and writing of numbers
// in this module goes through here.

extension [UInt8] {
  mutating func append(hostOrder value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
  }

  mutating func store(hostOrder value: some FixedWidthInteger, at start: Int) {
    Swift.withUnsafeBytes(of: value) { replaceSubrange(start..<start + $0.count, with: $0) }
  }
}

extension RawSpan {
  /// The number that begins at `offset`, or nil if the bytes end before it does.
  func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<Number>.size else { return nil }
    return unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
  }
}
