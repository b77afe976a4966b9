// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One client's end of a session. Nothing here waits.
struct Client<NetlinkSession> {
  /// The most answers for one poll event, so that a client with much to read does not delay others.
  private static var answersPerEvent: Int { 32 }

  /// `POLLRDHUP`: the client sends nothing more.
  private static var peerStoppedSending: Int32 { 0x2000 }

  let descriptor: Int32
  private var session: NetlinkSession

  /// An answer that found no room yet.
  private var held: [UInt8]?

  /// There may be more answers to the last datagram.
  private var isAnswering = false

  /// The client reads nothing more, but what it sent before is still carried out.
  private var isGone = false

  init(_ descriptor: Int32, _ session: NetlinkSession) {
    self.descriptor = descriptor
    self.session = session
  }

  /// The events to wait for (poll(2)). While answers wait for room, the end of what the client sends is
  /// not among them: poll(2) would report it again and again.
  var events: Int16 { Int16(isAnswering ? POLLOUT : POLLIN | Client.peerStoppedSending) }

  /// Handles one poll event.
  ///
  /// - Returns: Whether the connection stays open.
  mutating func handle(
    _ events: Int16, _ buffer: inout [UInt8], _ netlinkServer: some RequestHandler<NetlinkSession>
  ) -> Bool {
    if isAnswering { return sendAnswers(netlinkServer) }
    let length = recv(descriptor, &buffer, buffer.count, Int32(MSG_TRUNC))
    // With that flag the length is that of the whole packet, also where it did not fit.
    guard length <= buffer.count else { return false }
    guard length > 0 else { return mayHaveMore(after: length, events) }
    netlinkServer.answer(buffer.span.bytes.extracting(first: length), in: &session)
    isAnswering = true
    return sendAnswers(netlinkServer)
  }

  /// Whether datagrams may come after a call that read none. An empty datagram looks like the end, and
  /// there may be others behind it.
  private func mayHaveMore(after length: Int, _ events: Int16) -> Bool {
    if length == 0 {
      let isEnding = events & Int16(POLLHUP | Client.peerStoppedSending) != 0
      return !isEnding || unreadBytes > 0
    }
    // A client that closes without having read all leaves an error before what it sent.
    return [EAGAIN, EINTR, ECONNRESET].contains(errno)
  }

  /// How many bytes the client sent that were not received yet.
  private var unreadBytes: Int32 {
    var count: Int32 = 0
    return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? count : 0
  }

  private mutating func sendAnswers(_ netlinkServer: some RequestHandler<NetlinkSession>) -> Bool {
    for _ in 0..<Self.answersPerEvent {
      guard let answer = held ?? netlinkServer.nextDatagram(in: &session) else {
        isAnswering = false
        return true
      }
      held = nil
      if isGone || send(answer) { continue }
      switch errno {
      case EAGAIN, EINTR:
        held = answer
        return true
      case EPIPE, ECONNRESET: isGone = true
      default: return false
      }
    }
    return true
  }

  private func send(_ answer: [UInt8]) -> Bool {
    let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
    return Glibc.send(descriptor, answer, answer.count, flags) >= 0
  }
}
