/// What a program of this package tells its caller (ipvsadm(8), EXIT STATUS).
public struct ExitStatus: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32

  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// It was done, help and version included.
  public static let success = ExitStatus(rawValue: 0)

  /// A listing could not be made, or its input or output failed.
  public static let failure = ExitStatus(rawValue: 1)

  /// The words of a command are wrong, or there is no IPVS to talk to.
  public static let usage = ExitStatus(rawValue: 2)

  /// The director refused a change, or an option is unknown.
  public static let refused = ExitStatus(rawValue: 255)
}
