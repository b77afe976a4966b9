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
