// SPDX-License-Identifier: Apache-2.0

/// Builds one datagram of netlink messages.
///
/// Messages and attributes are aligned to four bytes; a length field is filled in when its content is
/// complete.
public struct MessageWriter: ~Copyable {
  /// The first allocation, in bytes: enough for a large datagram.
  private static let usualLength = 64 << 10

  /// The datagram is the first `count` bytes. An array would check for unique ownership at each store,
  /// which costs as much as the store itself.
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int

  /// The datagram's size in bytes.
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

  /// Calls `body` with the datagram, without copying it.
  public func withBytes<Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try body(UnsafeRawBufferPointer(start: memory, count: count).bytes)
  }

  /// Removes all messages and keeps the memory.
  public mutating func removeAll() {
    count = 0
  }

  /// Removes everything after the first `count` bytes.
  public mutating func truncate(to count: Int) {
    if count < self.count { self.count = count }
  }

  /// Appends a generic netlink message with the attributes that `attributes` writes.
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

  /// Appends a message of another protocol than generic netlink, with the attributes that `attributes`
  /// writes.
  ///
  /// - Parameter header: The structure that follows the message's header, padded to four bytes.
  package mutating func message(
    type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32, header: [UInt8],
    attributes: (inout MessageWriter) -> Void
  ) {
    let start = count
    let room = (header.count + 3) & ~3
    let address = claim(MessageHeader.length + room)
    address.store(hostOrder: type, at: 4)
    address.store(hostOrder: flags.rawValue, at: 6)
    address.store(hostOrder: sequence, at: 8)
    address.store(hostOrder: port, at: 12)
    if room > header.count { address.store(hostOrder: UInt32(0), at: 12 + room) }
    header.withUnsafeBytes { Self.put($0, at: address + MessageHeader.length) }
    attributes(&self)
    memory.store(hostOrder: UInt32(count - start), at: start)
  }

  /// Appends a control message: a number in host byte order, and a copy of `more`.
  public mutating func message(
    _ header: MessageHeader, number: Int32, copying more: RawSpan
  ) {
    let length = MessageHeader.length + 4 + more.byteCount
    let room = (length + 3) & ~3
    let address = claim(room)
    address.store(hostOrder: UInt32(length), at: 0)
    address.store(hostOrder: header.type, at: 4)
    address.store(hostOrder: header.flags.rawValue, at: 6)
    address.store(hostOrder: header.sequence, at: 8)
    address.store(hostOrder: header.port, at: 12)
    address.store(hostOrder: number, at: 16)
    more.withUnsafeBytes { Self.put($0, at: address + 20) }
    for offset in length..<room { address.store(hostOrder: UInt8(0), at: offset) }
  }

  /// Fills in the header fields that are not known when messages are written ahead of sending: family,
  /// port, and consecutive sequence numbers; `flags` are added to the last message's.
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

  /// Appends an attribute with a number in host byte order.
  public mutating func attribute(_ type: UInt16, number: UInt8) {
    append(type, number)
  }

  /// Appends an attribute with a number in host byte order.
  public mutating func attribute(_ type: UInt16, number: UInt16) {
    append(type, number)
  }

  /// Appends an attribute with a number in host byte order.
  public mutating func attribute(_ type: UInt16, number: UInt32) {
    append(type, number)
  }

  /// Appends an attribute with a number in host byte order.
  public mutating func attribute(_ type: UInt16, number: UInt64) {
    append(type, number)
  }

  /// Appends an attribute with a number in host byte order.
  public mutating func attribute(_ type: UInt16, number: UInt128) {
    append(type, number)
  }

  /// Appends an attribute with two numbers in host byte order.
  public mutating func attribute(_ type: UInt16, numbers first: UInt32, _ second: UInt32) {
    let payload = begin(type, payload: 8)
    payload.store(hostOrder: first, at: 0)
    payload.store(hostOrder: second, at: 4)
  }

  public mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
    let address = begin(type, payload: bytes.count)
    bytes.withUnsafeBytes { Self.put($0, at: address) }
  }

  /// Appends an attribute with text and a terminating zero byte.
  public mutating func attribute(_ type: UInt16, text: [UInt8]) {
    let address = begin(type, payload: text.count + 1)
    text.withUnsafeBytes { Self.put($0, at: address) }
  }

  /// Appends an attribute whose number, in host byte order, is aligned to eight bytes in the datagram.
  /// An empty attribute of type `padding` precedes it where the alignment needs one.
  public mutating func attribute(_ type: UInt16, aligned number: UInt64, padding: UInt16) {
    if count % 8 == 0 { begin(padding, payload: 0) }
    append(type, number)
  }

  /// Appends an attribute that contains the attributes that `content` writes.
  ///
  /// - Parameter isMarked: Whether its type has `NLA_F_NESTED`. The kernel's replies never have it.
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

  private static func put(_ bytes: UnsafeRawBufferPointer, at address: UnsafeMutableRawPointer) {
    if let first = bytes.baseAddress { address.copyMemory(from: first, byteCount: bytes.count) }
  }

  /// Appends an attribute's header and space for its payload, whose last four bytes are zero: they are
  /// the padding and a text's terminator.
  ///
  /// - Returns: The payload's address, valid until more is appended.
  @inline(__always)
  @discardableResult
  private mutating func begin(_ type: UInt16, payload: Int) -> UnsafeMutableRawPointer {
    let length = Attribute.headerLength + payload
    let room = (length + 3) & ~3
    let address = claim(room)
    address.store(hostOrder: UInt32(0), at: room - 4)
    address.store(hostOrder: UInt16(truncatingIfNeeded: length), at: 0)
    address.store(hostOrder: type, at: 2)
    return address + Attribute.headerLength
  }

  /// Reserves uninitialised bytes at the end, all of which the caller must write.
  ///
  /// - Returns: Their address, valid until more is claimed.
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
