/// Requests under construction: one datagram of generic netlink messages.
///
/// Everything is aligned to four bytes; lengths are filled in when what they measure is complete.
public struct MessageWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// Forgets the messages and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Appends a message of a generic netlink family (`struct nlmsghdr`, `struct genlmsghdr`) whose
  /// attributes are what `attributes` writes.
  public mutating func message(
    type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32, command: UInt8,
    version: UInt8, attributes: (inout MessageWriter) -> Void
  ) {
    let start = bytes.count
    bytes.append(hostOrder: UInt32(0))
    bytes.append(hostOrder: type)
    bytes.append(hostOrder: flags.rawValue)
    bytes.append(hostOrder: sequence)
    bytes.append(hostOrder: port)
    bytes.append(command)
    bytes.append(version)
    bytes.append(hostOrder: UInt16(0))
    attributes(&self)
    bytes.store(hostOrder: UInt32(bytes.count - start), at: start)
  }

  /// Appends an attribute that holds a number in the order of the host.
  public mutating func attribute(_ type: UInt16, number: some FixedWidthInteger) {
    begin(type, payload: number.bitWidth / 8)
    bytes.append(hostOrder: number)
    pad()
  }

  /// Appends an attribute that holds two numbers in the order of the host.
  public mutating func attribute(_ type: UInt16, numbers first: UInt32, _ second: UInt32) {
    begin(type, payload: 8)
    bytes.append(hostOrder: first)
    bytes.append(hostOrder: second)
  }

  public mutating func attribute(_ type: UInt16, bytes payload: some Collection<UInt8>) {
    begin(type, payload: payload.count)
    bytes.append(contentsOf: payload)
    pad()
  }

  /// Appends an attribute that holds text and the zero byte after it.
  public mutating func attribute(_ type: UInt16, text: some Collection<UInt8>) {
    begin(type, payload: text.count + 1)
    bytes.append(contentsOf: text)
    bytes.append(0)
    pad()
  }

  /// Appends an attribute that holds the attributes that `content` writes, marked as nested.
  public mutating func nest(_ type: UInt16, content: (inout MessageWriter) -> Void) {
    let start = bytes.count
    begin(type | Attribute.nested, payload: 0)
    content(&self)
    bytes.store(hostOrder: UInt16(truncatingIfNeeded: bytes.count - start), at: start)
  }

  private mutating func begin(_ type: UInt16, payload: Int) {
    bytes.append(hostOrder: UInt16(truncatingIfNeeded: Attribute.headerLength + payload))
    bytes.append(hostOrder: type)
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}
