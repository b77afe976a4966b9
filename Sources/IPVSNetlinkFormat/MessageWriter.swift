/// Requests under construction: one datagram of generic netlink messages.
///
/// Everything is aligned to four bytes; lengths are filled in when what they measure is complete.
public struct MessageWriter: ~Copyable {
  /// What a large datagram takes.
  private static let usualLength = 64 << 10

  /// The datagram in its first `count` bytes. In an array each number would cost as much again, for
  /// the question whether somebody else has the array, too.
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int

  /// The bytes of the datagram.
  public private(set) var count = 0

  public init(capacity: Int = 0) {
    self.capacity = capacity
    memory = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    memory.deallocate()
  }

  public var bytes: [UInt8] {
    Array(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Calls `body` with the datagram where it stands.
  public func withBytes<Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try body(UnsafeRawBufferPointer(start: memory, count: count).bytes)
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
    let start = count
    let header = claim(MessageHeader.length + GenericHeader.length)
    header.store(hostOrder: type, at: 4)
    header.store(hostOrder: flags.rawValue, at: 6)
    header.store(hostOrder: sequence, at: 8)
    header.store(hostOrder: port, at: 12)
    header.store(hostOrder: command, at: 16)
    header.store(hostOrder: version, at: 17)
    header.store(hostOrder: UInt16(0), at: 18)
    attributes(&self)
    memory.store(hostOrder: UInt32(count - start), at: start)
  }

  /// Appends a message that is not of a generic netlink family: a number in the order of the host, and
  /// a copy of other bytes. The next one begins aligned to four bytes.
  public mutating func message(
    _ header: MessageHeader, number: Int32, copying more: RawSpan
  ) {
    let length = MessageHeader.length + 4 + more.byteCount
    let room = (length + 3) & ~3
    let place = claim(room)
    place.store(hostOrder: UInt32(length), at: 0)
    place.store(hostOrder: header.type, at: 4)
    place.store(hostOrder: header.flags.rawValue, at: 6)
    place.store(hostOrder: header.sequence, at: 8)
    place.store(hostOrder: header.port, at: 12)
    place.store(hostOrder: number, at: 16)
    more.withUnsafeBytes { Self.put($0, at: place + 20) }
    for offset in length..<room { place.store(hostOrder: UInt8(0), at: offset) }
  }

  /// Addresses the messages, which may have been written before anybody knew where they go: to a family,
  /// from a port, numbered one after the other. The last one gets more flags.
  public mutating func address(
    to family: UInt16, from port: UInt32, firstSequence: UInt32, addingToLast flags: MessageFlags
  ) {
    var (start, sequence) = (0, firstSequence)
    while start < count {
      let length = memory.loadUnaligned(fromByteOffset: start, as: UInt32.self)
      let next = start + Int(length + 3) & ~3
      memory.store(hostOrder: family, at: start + 4)
      memory.store(hostOrder: sequence, at: start + 8)
      memory.store(hostOrder: port, at: start + 12)
      if next >= count {
        let own = memory.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self)
        memory.store(hostOrder: own | flags.rawValue, at: start + 6)
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
    let payload = begin(type, payload: 8)
    payload.store(hostOrder: first, at: 0)
    payload.store(hostOrder: second, at: 4)
  }

  public mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
    let place = begin(type, payload: bytes.count)
    bytes.withUnsafeBytes { Self.put($0, at: place) }
  }

  /// Appends an attribute that holds text and the zero byte after it.
  public mutating func attribute(_ type: UInt16, text: [UInt8]) {
    let place = begin(type, payload: text.count + 1)
    text.withUnsafeBytes { Self.put($0, at: place) }
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
    memory.store(hostOrder: UInt16(truncatingIfNeeded: count - start), at: start)
  }

  @inline(__always)
  private mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: UInt16, _ number: Number
  ) {
    begin(type, payload: MemoryLayout<Number>.size).store(hostOrder: number, at: 0)
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, at place: UnsafeMutableRawPointer) {
    if let first = bytes.baseAddress { place.copyMemory(from: first, byteCount: bytes.count) }
  }

  /// Appends the header of an attribute and room for its payload; returns where that begins, until more
  /// is appended. The last four bytes are zero, the padding and the byte that ends a text, until something
  /// is written over them.
  @inline(__always)
  @discardableResult
  private mutating func begin(_ type: UInt16, payload: Int) -> UnsafeMutableRawPointer {
    let length = Attribute.headerLength + payload
    let room = (length + 3) & ~3
    let place = claim(room)
    place.store(hostOrder: UInt32(0), at: room - 4)
    place.store(hostOrder: UInt16(truncatingIfNeeded: length), at: 0)
    place.store(hostOrder: type, at: 2)
    return place + Attribute.headerLength
  }

  /// Makes room at the end and returns where that begins, until more is claimed. What is there is of no
  /// meaning, and whoever claims it writes over all of it.
  @inline(__always)
  private mutating func claim(_ length: Int) -> UnsafeMutableRawPointer {
    if count + length > capacity { grow(for: length) }
    defer { count += length }
    return memory + count
  }

  @inline(never)
  private mutating func grow(for length: Int) {
    capacity = max(count + length, 4 * capacity, Self.usualLength)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: memory, byteCount: count)
    memory.deallocate()
    memory = larger
  }
}
