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
