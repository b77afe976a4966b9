// SPDX-License-Identifier: Apache-2.0

extension MutableRawSpan {
  /// Writes one byte, and returns the offset after it.
  @inlinable
  @discardableResult
  public mutating func write(byte: UInt8, at position: Int) -> Int {
    storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
    return position + 1
  }

  /// Writes `text` over the bytes from `start`, and returns the offset after the last.
  @inlinable
  public mutating func write(_ text: Span<UInt8>, at start: Int) -> Int {
    for index in text.indices { write(byte: text[index], at: start + index) }
    return start + text.count
  }

  /// As `write`, by one copy of memory: faster for texts of more than a few bytes.
  public mutating func copy(_ text: Span<UInt8>, at start: Int) -> Int {
    let end = start + text.count
    withUnsafeMutableBytes { target in
      text.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: target[start..<end]).copyMemory(from: source)
      }
    }
    return end
  }

  /// Writes blanks over the bytes from `start` to before `end`, and returns `start`.
  public mutating func blank(from start: Int, to end: Int) -> Int {
    for position in start..<end { write(byte: UInt8(ascii: " "), at: position) }
    return start
  }
}
