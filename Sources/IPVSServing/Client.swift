internal import Glibc

/// One client's end of a conversation. Nothing here waits.
struct Client<NetlinkSession> {
  /// The most answers in one turn, so that a client with much to read keeps nobody waiting.
  private static var answersPerTurn: Int { 32 }

  let descriptor: Int32
  private var session: NetlinkSession

  /// An answer that found no room yet.
  private var held: [UInt8]?

  /// There may be more answers to the last datagram.
  private var isAnswering = false

  /// It has closed its end, but what it sent before is still carried out.
  private var isGone = false

  init(_ descriptor: Int32, _ session: NetlinkSession) {
    self.descriptor = descriptor
    self.session = session
  }

  /// What to wait for (poll(2)).
  var events: Int16 { Int16(isAnswering ? POLLOUT : POLLIN) }

  /// Takes a turn. False: the client is done with, for good or for bad.
  mutating func turn(
    _ found: Int16, _ buffer: inout [UInt8], _ netlinkServer: some RequestHandler<NetlinkSession>
  ) -> Bool {
    if isAnswering { return sendAnswers(netlinkServer) }
    let length = recv(descriptor, &buffer, buffer.count, Int32(MSG_TRUNC))
    // With that flag the length is that of the whole packet, also where it did not fit.
    guard length <= buffer.count else { return false }
    guard length > 0 else { return hasMore(after: length, found) }
    netlinkServer.answer(buffer.span.bytes.extracting(first: length), in: &session)
    isAnswering = true
    return sendAnswers(netlinkServer)
  }

  /// Whether more may come where nothing came. An empty packet looks like the end.
  private func hasMore(after length: Int, _ found: Int16) -> Bool {
    if length == 0 { return found & Int16(POLLHUP | Client.peerWritesNoMore) == 0 }
    // A client that closes without having read all leaves an error before what it sent.
    return [EAGAIN, EINTR, ECONNRESET].contains(errno)
  }

  /// `POLLRDHUP`
  private static var peerWritesNoMore: Int32 { 0x2000 }

  private mutating func sendAnswers(_ netlinkServer: some RequestHandler<NetlinkSession>) -> Bool {
    for _ in 0..<Self.answersPerTurn {
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
