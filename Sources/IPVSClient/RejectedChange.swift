/// A change of a batch that was not carried out.
public struct RejectedChange: Hashable, Sendable {
  /// Which one, counted from 0.
  public let index: Int

  /// The kernel's reason, such as ENOENT.
  public let errno: Int32

  public init(index: Int, errno: Int32) {
    self.index = index
    self.errno = errno
  }
}
