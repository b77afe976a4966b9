/// The 16 bytes before every netlink message (netlink(7), `struct nlmsghdr`). Numbers are in the
/// order of the host.
public struct MessageHeader: Hashable, Sendable {
  /// The bytes that a header takes.
  public static let length = 16

  /// The bytes of the message, the header counted, the padding after it not.
  public var length: UInt32

  /// The number of a family, or one of the reserved types below 16.
  public var type: UInt16

  public var flags: MessageFlags

  /// What tells the reply to one request from the reply to another.
  public var sequence: UInt32

  /// The netlink port of the sender; the kernel's is 0.
  public var port: UInt32

  public init(
    length: UInt32, type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32
  ) {
    self.length = length
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.port = port
  }
}

/// Flags in the header of a message (netlink(7), `NLM_F_*`).
public struct MessageFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  public static let request = MessageFlags(rawValue: 0x001)

  /// The message is one of several that end with one of type `done`.
  public static let multipart = MessageFlags(rawValue: 0x002)

  /// Success is to be acknowledged. Errors always are.
  public static let acknowledge = MessageFlags(rawValue: 0x004)

  /// An acknowledgement holds no more of the request than its header.
  public static let capped = MessageFlags(rawValue: 0x100)

  /// All entries of a table are asked for (`NLM_F_ROOT | NLM_F_MATCH`).
  public static let dump = MessageFlags(rawValue: 0x300)
}

/// Types of messages that are of no family (netlink(7), `NLMSG_*`).
public enum ReservedType: UInt16, Sendable {
  /// Says what became of a request: an errno, and the request.
  case error = 2

  /// The last message of several.
  case done = 3

  /// The lowest number that a family can have (`NLMSG_MIN_TYPE`).
  public static let firstFamily: UInt16 = 16
}

/// The header of a generic netlink message: a command, a version, two bytes that are not used
/// (`struct genlmsghdr`).
public struct GenericHeader: Hashable, Sendable {
  public static let length = 4

  public let command: UInt8
  public let version: UInt8

  /// Reads the header at the beginning of a message's payload.
  public init(reading payload: RawSpan) throws(NetlinkFormatError) {
    guard payload.byteCount >= Self.length, let command = payload.load(UInt8.self, at: 0),
      let version = payload.load(UInt8.self, at: 1)
    else { throw .messageLength(claimed: Self.length, available: payload.byteCount) }
    self.command = command
    self.version = version
  }
}

/// Bytes that are not what netlink or the IPVS family says they should be.
public enum NetlinkFormatError: Error, Hashable, Sendable {
  /// An attribute says that it is `claimed` bytes long where `available` are left.
  case attributeLength(type: UInt16, claimed: Int, available: Int)

  /// The payload of an attribute ends before the number in it does.
  case attributeTooShort(type: UInt16, needed: Int, available: Int)

  /// A message ends before its generic netlink header does, or where its length cannot be right.
  case messageLength(claimed: Int, available: Int)

  /// A reply lacks an attribute without which it says nothing.
  case attributeMissing(type: UInt16, in: UInt16)

  /// A reply holds a value that stands for nothing, such as an unknown family of addresses.
  case valueUnknown(type: UInt16, value: UInt64)

  /// A reply to one command carries the number of another.
  case commandUnexpected(UInt8)
}
