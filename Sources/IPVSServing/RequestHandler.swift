/// What gives the answers that go back through a socket, datagram by datagram.
///
/// Answers are asked for one at a time, when there is room for one at the client's end: a client that
/// does not read costs no memory for answers that it leaves lying.
public protocol RequestHandler<NetlinkSession>: AnyObject {
  /// What is remembered of one client from datagram to datagram.
  associatedtype NetlinkSession

  /// A client has come.
  func begin() -> NetlinkSession

  /// Takes a datagram. It comes only when there is no answer left to the one before.
  func answer(_ datagram: RawSpan, in session: inout NetlinkSession)

  /// The next datagram of the answer. Nil: there is none left.
  func nextDatagram(in session: inout NetlinkSession) -> [UInt8]?
}
