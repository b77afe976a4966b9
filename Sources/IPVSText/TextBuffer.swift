// SPDX-License-Identifier: Apache-2.0

/// Text that is being built: bytes, and columns of a given width.
///
/// Widths count bytes, as C's `printf` does, and a text wider than its column is not cut.
///
/// The functions are inlinable because listings in other modules call them some hundred thousand times.
public struct TextBuffer: Sendable {
  @usableFromInline var storage: [UInt8] = []

  /// Makes an empty text with room for `capacity` bytes.
  public init(capacity: Int = 0) {
    storage.reserveCapacity(capacity)
  }

  /// A buffer with these bytes in it.
  public init(_ bytes: [UInt8]) {
    storage = bytes
  }

  /// What was appended.
  public var bytes: [UInt8] { storage }

  /// The number of bytes.
  @inlinable public var count: Int { storage.count }

  /// Removes the content and keeps the memory.
  public mutating func removeAll() {
    storage.removeAll(keepingCapacity: true)
  }

  /// Removes everything after the first `count` bytes.
  @inlinable
  public mutating func truncate(to count: Int) {
    let excess = storage.count - count
    if excess > 0 { storage.removeLast(excess) }
  }

  /// Removes everything after the first `limit` bytes from `start` on.
  @inlinable
  public mutating func cut(from start: Int, to limit: Int) {
    truncate(to: start + limit)
  }
}

// MARK: - Text

extension TextBuffer {
  /// Appends at most `limit` bytes, at offsets that `fill` chooses.
  ///
  /// - Parameters:
  ///   - limit: In bytes.
  ///   - fill: Gets `limit` blanks to write over, and returns how many bytes from the first on are kept.
  @inlinable
  public mutating func append(atMost limit: Int, _ fill: (inout MutableRawSpan) -> Int) {
    storage.append(addingCapacity: limit) { output in
      output.append(repeating: UInt8(ascii: " "), count: limit)
      var span = output.mutableSpan
      var line = span.mutableBytes
      let kept = fill(&line)
      output.removeLast(limit - kept)
    }
  }

  /// Appends one byte.
  @inlinable
  public mutating func append(byte: UInt8) {
    storage.append(byte)
  }

  /// Appends bytes.
  @inlinable
  public mutating func append(contentsOf more: some Sequence<UInt8>) {
    storage.append(contentsOf: more)
  }

  /// Appends a copy of bytes.
  @inlinable
  public mutating func append(copying more: Span<UInt8>) {
    append(atMost: more.count) { output in output.write(more, at: 0) }
  }

  /// Appends a copy of another text.
  public mutating func append(copying more: TextBuffer) {
    storage.append(contentsOf: more.storage)
  }

  /// Appends the UTF-8 of `text`.
  @inlinable
  public mutating func append(_ text: String) {
    storage.append(contentsOf: text.utf8)
  }

  /// Appends the bytes of a literal.
  @inlinable
  public mutating func append(literal text: StaticString) {
    text.withUTF8Buffer { storage.append(contentsOf: $0) }
  }

  /// Appends the bytes of `text`.
  @inlinable
  public mutating func append(_ text: ByteString) {
    storage.append(contentsOf: text.bytes)
  }

  /// Appends `count` blanks.
  @inlinable
  public mutating func appendBlanks(_ count: Int) {
    append(atMost: count) { _ in count }
  }

  /// Appends what `content` appends, then blanks until it is `width` bytes wide (`%-*s`).
  @inlinable
  public mutating func left(_ width: Int, _ content: (inout TextBuffer) -> Void) {
    let end = storage.count + width
    content(&self)
    if storage.count < end { appendBlanks(end - storage.count) }
  }
}

// MARK: - Numbers

extension TextBuffer {
  /// Appends `number` in decimal digits.
  @inlinable
  public mutating func append(_ number: some BinaryInteger) {
    right(0, number)
  }

  /// Appends `number` with blanks before it until it is `width` bytes wide (`%*llu`).
  @inlinable
  public mutating func right(_ width: Int, _ number: some BinaryInteger) {
    if let number = UInt64(exactly: number) {
      right(width, magnitude: number)
    } else {
      let digits = String(number)
      if digits.utf8.count < width { appendBlanks(width - digits.utf8.count) }
      append(digits)
    }
  }

  @usableFromInline
  mutating func right(_ width: Int, magnitude number: UInt64) {
    let digits = decimalDigitCount(number)
    let end = digits < width ? width : digits
    append(atMost: end) { output in output.writeDecimal(number, at: end - digits) }
  }
}
