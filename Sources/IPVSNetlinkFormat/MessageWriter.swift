/// Requests under construction: one datagram of generic netlink messages.
///
/// Everything is aligned to four bytes; lengths are filled in when what they measure is complete.
public struct MessageWriter: Sendable {
  /// The datagram in its first `count` bytes; behind them, zeros or the remains of an earlier one.
  private var buffer: [UInt8]

  /// The bytes of the datagram.
  public private(set) var count = 0

  public init(capacity: Int = 0) {
    buffer = Array(repeating: 0, count: capacity)
  }

  public var bytes: [UInt8] { Array(buffer[..<count]) }

  /// Calls `body` with the datagram where it stands.
  public func withBytes<Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try body(buffer.span.bytes.extracting(first: count))
  }

  /// Forgets the messages and keeps the memory.
  public mutating func removeAll() {
    count = 0
  }

  /// Appends a message of a generic netlink family (`struct nlmsghdr`, `struct genlmsghdr`) whose
  /// attributes are what `attributes` writes.
  public mutating func message(
    type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32, command: UInt8,
    version: UInt8, attributes: (inout MessageWriter) -> Void
  ) {
    let start = count
    extend(by: MessageHeader.length + GenericHeader.length)
    buffer.store(hostOrder: type, at: start + 4)
    buffer.store(hostOrder: flags.rawValue, at: start + 6)
    buffer.store(hostOrder: sequence, at: start + 8)
    buffer.store(hostOrder: port, at: start + 12)
    buffer[start + 16] = command
    buffer[start + 17] = version
    attributes(&self)
    buffer.store(hostOrder: UInt32(count - start), at: start)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt8) {
    let payload = begin(type, payload: 1)
    buffer[payload] = number
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt16) {
    let payload = begin(type, payload: 2)
    buffer.store(hostOrder: number, at: payload)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt32) {
    let payload = begin(type, payload: 4)
    buffer.store(hostOrder: number, at: payload)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt64) {
    let payload = begin(type, payload: 8)
    buffer.store(hostOrder: number, at: payload)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt128) {
    let payload = begin(type, payload: 16)
    buffer.store(hostOrder: number, at: payload)
  }

  /// Appends an attribute that holds two numbers in the order of the host.
  public mutating func attribute(_ type: UInt16, numbers first: UInt32, _ second: UInt32) {
    let payload = begin(type, payload: 8)
    buffer.store(hostOrder: first, at: payload)
    buffer.store(hostOrder: second, at: payload + 4)
  }

  public mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
    put(bytes, at: begin(type, payload: bytes.count))
  }

  /// Appends an attribute that holds text and the zero byte after it.
  public mutating func attribute(_ type: UInt16, text: [UInt8]) {
    put(text, at: begin(type, payload: text.count + 1))
  }

  /// Appends an attribute that holds the attributes that `content` writes, marked as nested.
  public mutating func nest(_ type: UInt16, content: (inout MessageWriter) -> Void) {
    let start = count
    _ = begin(type | Attribute.nested, payload: 0)
    content(&self)
    buffer.store(hostOrder: UInt16(truncatingIfNeeded: count - start), at: start)
  }

  private mutating func put(_ bytes: [UInt8], at start: Int) {
    for index in bytes.indices { buffer[start + index] = bytes[index] }
  }

  /// Appends the header of an attribute and zeros for its payload; returns where that begins.
  private mutating func begin(_ type: UInt16, payload: Int) -> Int {
    let start = count
    let length = Attribute.headerLength + payload
    extend(by: (length + 3) & ~3)
    buffer.store(hostOrder: UInt16(truncatingIfNeeded: length), at: start)
    buffer.store(hostOrder: type, at: start + 2)
    return start + Attribute.headerLength
  }

  /// Appends zeros.
  private mutating func extend(by length: Int) {
    let end = count + length
    if end > buffer.count {
      let room = max(end, 2 * buffer.count)
      buffer.append(contentsOf: repeatElement(0, count: room - buffer.count))
    }
    // What an earlier datagram left here would show between the fields.
    for index in count..<end { buffer[index] = 0 }
    count = end
  }
}
