// SPDX-License-Identifier: Apache-2.0

/// What gives the answers that go back through a socket, datagram by datagram.
///
/// Answers are asked for one at a time, when there is room for one at the client's end, so that the
/// answers that a client does not read need not be kept.
public protocol RequestHandler<NetlinkSession>: AnyObject {
  /// The state of one client between datagrams.
  associatedtype NetlinkSession

  /// Begins the session of a client that has connected.
  func begin() -> NetlinkSession

  /// What a client is sent for which there is no room, before its connection is closed.
  func refusal() -> [UInt8]

  /// Is told that clients wait, since there is no file descriptor or memory for their connections.
  ///
  /// - Parameter errno: What the system says (accept(2)).
  func cannotAccept(errno: Int32)

  /// Takes a datagram. It comes only when there is no answer left to the one before.
  func answer(_ datagram: RawSpan, in session: inout NetlinkSession)

  /// The next datagram of the answer; nil if there is none left.
  func nextDatagram(in session: inout NetlinkSession) -> [UInt8]?
}
