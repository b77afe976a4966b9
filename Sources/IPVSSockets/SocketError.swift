internal import Glibc

/// Why a netlink socket failed.
public enum SocketError: Error, Hashable, Sendable {
  /// The system refused a call on the socket.
  case refused(errno: Int32)

  /// The other end has no family of the name that was looked up.
  case familyAbsent

  /// No answer came in time.
  case silence

  /// Answers were lost: the receive buffer was full.
  case overrun

  /// What came is no netlink message.
  case malformed

  /// The table changed while it was dumped, and the dump may lack entries or hold some twice.
  case interrupted

  /// The other end is gone.
  case closed

  init(errno code: Int32) {
    self =
      switch code {
      case ETIMEDOUT: .silence
      case ENOBUFS: .overrun
      case EBADMSG: .malformed
      case EINTR: .interrupted
      case ECONNRESET, EPIPE: .closed
      default: .refused(errno: code)
      }
  }
}
