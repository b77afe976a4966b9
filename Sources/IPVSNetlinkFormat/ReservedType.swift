/// Types of messages that are of no family (netlink(7), `NLMSG_*`).
public enum ReservedType: UInt16, Sendable {
  /// Says what became of a request: an errno, and the request.
  case error = 2

  /// The last message of several.
  case done = 3

  /// The lowest number that a family can have (`NLMSG_MIN_TYPE`).
  public static let firstFamily: UInt16 = 16
}
