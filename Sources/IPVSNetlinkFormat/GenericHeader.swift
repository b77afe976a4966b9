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
