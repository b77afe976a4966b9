/// Output under construction: bytes in columns, without `printf`.
///
/// Widths count bytes, as C's `printf` does, and a text wider than its column is never cut.
public struct TextBuffer: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  public var count: Int { bytes.count }

  /// Forgets the content and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  public mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  public mutating func append(_ text: ByteString) {
    bytes.append(contentsOf: text.bytes)
  }

  public mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  public mutating func append(contentsOf more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// Appends `number` in decimal digits.
  public mutating func append(_ number: some BinaryInteger) {
    guard var rest = UInt64(exactly: number) else {
      bytes.append(contentsOf: String(number).utf8)
      return
    }
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// Appends what `content` appends, then blanks until it is `width` bytes wide (`%-*s`).
  public mutating func left(_ width: Int, _ content: (inout TextBuffer) -> Void) {
    let start = bytes.count
    content(&self)
    let missing = width - (bytes.count - start)
    if missing > 0 { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: missing)) }
  }

  /// Appends `number` with blanks before it until it is `width` bytes wide (`%*llu`).
  public mutating func right(_ width: Int, _ number: some BinaryInteger) {
    let start = bytes.count
    append(number)
    let missing = width - (bytes.count - start)
    if missing > 0 {
      bytes.insert(contentsOf: repeatElement(UInt8(ascii: " "), count: missing), at: start)
    }
  }

  /// Drops everything after the first `limit` bytes counted from `start`.
  public mutating func cut(from start: Int, to limit: Int) {
    let excess = bytes.count - start - limit
    if excess > 0 { bytes.removeLast(excess) }
  }
}
