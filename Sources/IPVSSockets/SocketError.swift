// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSProtocol

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

  /// The bytes that came are not netlink messages.
  case malformed

  /// The table changed while it was dumped, and the dump may lack entries or hold some twice.
  case interrupted

  /// The other end is gone.
  case closed

  /// The other end is an engine that serves as many clients as it can.
  case full

  init(errno code: Int32) {
    self =
      switch code {
      case ETIMEDOUT: .silence
      case ENOBUFS: .overrun
      case EBADMSG: .malformed
      case EINTR: .interrupted
      case ECONNRESET, EPIPE: .closed
      case EngineFamily.fullErrno: .full
      default: .refused(errno: code)
      }
  }
}

extension SocketError: CustomStringConvertible {
  /// One line that names the cause.
  public var description: String {
    switch self {
    case .refused(let errno): "the system refused a call: \(String(cString: strerror(errno)))"
    case .familyAbsent: "the other end does not have the netlink family"
    case .silence: "no answer came in time"
    case .overrun: "answers were lost, as the receive buffer was full"
    case .malformed: "what came is not a netlink message"
    case .interrupted: "the table changed while it was read"
    case .closed: "the other end closed the connection"
    case .full: "the engine serves as many clients as it can"
    }
  }
}
