/// Why a change is not made: the errno that the kernel would give, so that it can be passed on as it
/// is.
public struct Refusal: Error, Hashable, Sendable {
  public let errno: Int32

  public init(errno: Int32) {
    self.errno = errno
  }

  /// ENOENT: no such scheduler, persistence engine, or real server.
  public static let absent = Refusal(errno: 2)

  /// ESRCH: no such service, or no such sync daemon.
  public static let serviceAbsent = Refusal(errno: 3)

  /// ENOMEM
  public static let exhausted = Refusal(errno: 12)

  /// EEXIST
  public static let exists = Refusal(errno: 17)

  /// ENODEV: no such interface.
  public static let interfaceAbsent = Refusal(errno: 19)

  /// EINVAL
  public static let invalid = Refusal(errno: 22)

  /// ERANGE: a number outside of its range.
  public static let outOfRange = Refusal(errno: 34)
}
