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
