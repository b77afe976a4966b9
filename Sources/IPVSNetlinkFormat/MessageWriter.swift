/// Requests under construction: one datagram of generic netlink messages.
///
/// Everything is aligned to four bytes; lengths are filled in when what they measure is complete.
public struct MessageWriter: Sendable {
  /// The datagram in its first `count` bytes; behind them, zeros or the remains of an earlier one.
  private var buffer: [UInt8]

  /// The bytes of the datagram.
  public private(set) var count = 0

  /// What a large datagram takes.
  private static let usualLength = 64 << 10

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

  /// Forgets what was written after the first `count` bytes. Does nothing if there are no more than
  /// that.
  public mutating func truncate(to count: Int) {
    if count < self.count { self.count = count }
  }

  /// Appends a message of a generic netlink family (`struct nlmsghdr`, `struct genlmsghdr`) whose
  /// attributes are what `attributes` writes.
  public mutating func message(
    type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32, command: UInt8,
    version: UInt8, attributes: (inout MessageWriter) -> Void
  ) {
    let start = claim(MessageHeader.length + GenericHeader.length)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: type, toByteOffset: start + 4, as: UInt16.self)
    bytes.storeBytes(of: flags.rawValue, toByteOffset: start + 6, as: UInt16.self)
    bytes.storeBytes(of: sequence, toByteOffset: start + 8, as: UInt32.self)
    bytes.storeBytes(of: port, toByteOffset: start + 12, as: UInt32.self)
    bytes.storeBytes(of: command, toByteOffset: start + 16, as: UInt8.self)
    bytes.storeBytes(of: version, toByteOffset: start + 17, as: UInt8.self)
    bytes.storeBytes(of: 0, toByteOffset: start + 18, as: UInt16.self)
    attributes(&self)
    buffer.store(hostOrder: UInt32(count - start), at: start)
  }

  /// Appends a message that is not of a generic netlink family: a number in the order of the host, and
  /// a copy of other bytes. The next one begins aligned to four bytes.
  public mutating func message(
    _ header: MessageHeader, number: Int32, copying more: RawSpan
  ) {
    let length = MessageHeader.length + 4 + more.byteCount
    let room = (length + 3) & ~3
    let start = claim(room)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: UInt32(length), toByteOffset: start, as: UInt32.self)
    bytes.storeBytes(of: header.type, toByteOffset: start + 4, as: UInt16.self)
    bytes.storeBytes(of: header.flags.rawValue, toByteOffset: start + 6, as: UInt16.self)
    bytes.storeBytes(of: header.sequence, toByteOffset: start + 8, as: UInt32.self)
    bytes.storeBytes(of: header.port, toByteOffset: start + 12, as: UInt32.self)
    bytes.storeBytes(of: number, toByteOffset: start + 16, as: Int32.self)
    for offset in 0..<more.byteCount {
      let byte = more.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      bytes.storeBytes(of: byte, toByteOffset: start + 20 + offset, as: UInt8.self)
    }
    for offset in length..<room {
      bytes.storeBytes(of: 0, toByteOffset: start + offset, as: UInt8.self)
    }
  }

  /// Addresses the messages, which may have been written before anybody knew where they go: to a family,
  /// from a port, numbered one after the other. The last one gets more flags.
  public mutating func address(
    to family: UInt16, from port: UInt32, firstSequence: UInt32, addingToLast flags: MessageFlags
  ) {
    var (start, sequence) = (0, firstSequence)
    while let length = buffer.span.bytes.load(UInt32.self, at: start), start < count {
      let next = start + Int(length + 3) & ~3
      buffer.store(hostOrder: family, at: start + 4)
      buffer.store(hostOrder: sequence, at: start + 8)
      buffer.store(hostOrder: port, at: start + 12)
      if next >= count, let own = buffer.span.bytes.load(UInt16.self, at: start + 6) {
        buffer.store(hostOrder: own | flags.rawValue, at: start + 6)
      }
      (start, sequence) = (next, sequence &+ 1)
    }
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt8) {
    append(type, number)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt16) {
    append(type, number)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt32) {
    append(type, number)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt64) {
    append(type, number)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: UInt128) {
    append(type, number)
  }

  /// Appends an attribute that holds two numbers in the order of the host.
  public mutating func attribute(_ type: UInt16, numbers first: UInt32, _ second: UInt32) {
    begin(type, payload: 8) { bytes, payload in
      bytes.storeBytes(of: first, toByteOffset: payload, as: UInt32.self)
      bytes.storeBytes(of: second, toByteOffset: payload + 4, as: UInt32.self)
    }
  }

  public mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
    put(bytes, at: begin(type, payload: bytes.count))
  }

  /// Appends an attribute that holds text and the zero byte after it.
  public mutating func attribute(_ type: UInt16, text: [UInt8]) {
    put(text, at: begin(type, payload: text.count + 1))
  }

  /// Appends an attribute that holds a number in the order of the host, aligned to eight bytes from
  /// the beginning of the datagram; before it comes an empty attribute where one is needed for that.
  public mutating func attribute(_ type: UInt16, aligned number: UInt64, padding: UInt16) {
    if count % 8 == 0 { begin(padding, payload: 0) }
    append(type, number)
  }

  /// Appends an attribute that holds the attributes that `content` writes.
  ///
  /// - Parameter isMarked: whether its type says so. The kernel's own never do.
  public mutating func nest(
    _ type: UInt16, isMarked: Bool = true, content: (inout MessageWriter) -> Void
  ) {
    let start = count
    begin(isMarked ? type | Attribute.nested : type, payload: 0)
    content(&self)
    buffer.store(hostOrder: UInt16(truncatingIfNeeded: count - start), at: start)
  }

  @inline(__always)
  private mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: UInt16, _ number: Number
  ) {
    begin(type, payload: MemoryLayout<Number>.size) { bytes, payload in
      bytes.storeBytes(of: number, toByteOffset: payload, as: Number.self)
    }
  }

  private mutating func put(_ bytes: [UInt8], at start: Int) {
    var span = buffer.mutableSpan
    for index in bytes.indices { span[start + index] = bytes[index] }
  }

  /// Appends the header of an attribute and room for its payload; returns where that begins. The last
  /// four bytes are zero, the padding and the byte that ends a text, until `fill` writes over them.
  @inline(__always)
  @discardableResult
  private mutating func begin(
    _ type: UInt16, payload: Int, fill: (inout MutableRawSpan, Int) -> Void = { _, _ in }
  ) -> Int {
    let length = Attribute.headerLength + payload
    let room = (length + 3) & ~3
    let start = claim(room)
    var span = buffer.mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: 0, toByteOffset: start + room - 4, as: UInt32.self)
    bytes.storeBytes(
      of: UInt16(truncatingIfNeeded: length), toByteOffset: start, as: UInt16.self)
    bytes.storeBytes(of: type, toByteOffset: start + 2, as: UInt16.self)
    fill(&bytes, start + Attribute.headerLength)
    return start + Attribute.headerLength
  }

  /// Makes room at the end and returns where that begins. An earlier datagram may have left bytes in
  /// it, which whoever claims it writes over.
  private mutating func claim(_ length: Int) -> Int {
    let start = count
    let end = start + length
    if end > buffer.count {
      if end > buffer.capacity {
        buffer.reserveCapacity(max(end, 4 * buffer.capacity, Self.usualLength))
      }
      // No more of it is written to than is needed soon: memory that was not is not there.
      let zeros = min(buffer.capacity, end + 1024) - buffer.count
      buffer.append(contentsOf: repeatElement(0, count: zeros))
    }
    count = end
    return start
  }
}
