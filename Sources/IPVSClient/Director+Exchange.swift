// SPDX-License-Identifier: Apache-2.0

internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSSockets

// The exchange over the one socket: what is sent, what is waited for, and which messages are not the
// answer.
extension Director {
  /// The bytes that a message counts in addition to its payload.
  private static let bytesOfMessage = 64

  /// Sends a request that has one reply, and reads it.
  mutating func ask<Reply>(
    _ request: Request, read: (RawSpan) throws(NetlinkFormatError) -> Reply
  ) throws(DirectorError) -> Reply {
    let sent: UInt32
    do { sent = try send(request) } catch { throw .socket(error) }
    return try reply(to: sent, read: read)
  }

  /// Receives the one reply to a request.
  func reply<Reply>(
    to sent: UInt32, read: (RawSpan) throws(NetlinkFormatError) -> Reply
  ) throws(DirectorError) -> Reply {
    var outcome: Result<Reply, DirectorError>?
    do {
      try receive(since: sent) { event, _, payload in
        guard outcome == nil else { return true }
        switch event {
        case .refused(let errno): outcome = .failure(.refused(errno: errno))
        case .reply, .acknowledged, .done:
          outcome = Result { () throws(NetlinkFormatError) in try read(payload) }.mapError {
            .answer($0)
          }
        case .interrupted: break
        }
        return outcome != nil
      }
    } catch {
      throw .socket(error)
    }
    guard let outcome else { throw .socket(.silence) }
    return try outcome.get()
  }

  /// Reads a whole table, again where an attempt does not give all of it.
  mutating func dump<Entry>(
    _ request: Request, read: (RawSpan) throws(NetlinkFormatError) -> Entry
  ) throws(DirectorError) -> [Entry] {
    var attempt = 1
    while true {
      let failure: DirectorError.DumpFailure
      switch try dumpOnce(request, read: read) {
      case .success(let entries): return entries
      case .failure(let reason): failure = reason
      }
      guard attempt < Self.attempts else {
        throw .tableUnreadable(attempts: attempt, last: failure)
      }
      attempt += 1
      // What is left of a broken dump need not be waited for. A dump that ended leaves nothing.
      if case .socket(let error) = failure, error != .interrupted {
        socket = try Self.open(peer, patience)
      }
    }
  }

  private mutating func dumpOnce<Entry>(
    _ request: Request, read: (RawSpan) throws(NetlinkFormatError) -> Entry
  ) throws(DirectorError) -> Result<[Entry], DirectorError.DumpFailure> {
    var entries: [Entry] = []
    var failure: DirectorError.DumpFailure?
    var rejection: Int32?
    var isDone = false
    do {
      let sent = try send(request)
      try receive(since: sent) { event, _, payload in
        guard !isDone else { return true }
        switch event {
        case .reply:
          do throws(NetlinkFormatError) { entries.append(try read(payload)) } catch {
            failure = .answer(error)
          }
        case .interrupted: failure = .socket(.interrupted)
        // An acknowledgement does not end a dump: it may come before the entries.
        case .acknowledged: break
        case .refused(let errno):
          rejection = errno
          isDone = true
        case .done(let errno):
          if errno != 0 { failure = .ended(errno: errno) }
          isDone = true
        }
        return isDone
      }
    } catch {
      switch error {
      case .interrupted, .overrun, .malformed: return .failure(.socket(error))
      case .refused, .familyAbsent, .silence, .closed, .full: throw .socket(error)
      }
    }
    if let failure { return .failure(failure) }
    if let rejection, entries.isEmpty { throw .refused(errno: rejection) }
    if let rejection { return .failure(.ended(errno: rejection)) }
    return .success(entries)
  }

  /// Sends one request; returns its number.
  mutating func send(
    _ request: Request, acknowledged: Bool = false
  ) throws(SocketError) -> UInt32 {
    writer.removeAll()
    let sequence = nextSequence
    write(request, acknowledged: acknowledged)
    try sendWritten()
    return sequence
  }

  /// Sends what the writer holds.
  func sendWritten() throws(SocketError) {
    try writer.withBytes { datagram throws(SocketError) in try socket.send(datagram) }
  }

  mutating func write(_ request: Request, acknowledged: Bool) {
    request.write(
      to: &writer, family: family, sequence: nextSequence, port: socket.port,
      acknowledged: acknowledged)
    nextSequence &+= 1
  }

  /// Receives datagrams until `body` returns true, and reads the last one to its end.
  ///
  /// - Parameter body: Takes a message about the request whose number is `first`, or about a later
  ///   one, with its index after `first`; returns whether nothing more is waited for. Messages about
  ///   other requests are ignored.
  /// - Throws: `silence` where no datagram comes within `patience`, or answers come too slowly.
  func receive(
    since first: UInt32, _ body: (NetlinkSocket.Event, Int, RawSpan) -> Bool
  ) throws(SocketError) {
    let count = nextSequence &- first
    let deadline = AnswerDeadline(patience)
    var strays = 0
    var bytes = 0
    var bytesOfAnswers = 0
    var isDone = false
    var isShortened = false
    defer { if isShortened { socket.limitWait(to: patience) } }
    while !isDone {
      var isStray = true
      try socket.receive { event, sequence, payload in
        bytes += payload.byteCount + Self.bytesOfMessage
        let index = sequence &- first
        guard index < count else { return }
        isStray = false
        bytesOfAnswers += payload.byteCount + Self.bytesOfMessage
        if body(event, Int(index), payload) { isDone = true }
      }
      strays = isStray ? strays + 1 : 0
      guard strays < Self.mostStrays, bytes <= mostBytes else { throw .malformed }
      guard !isDone, let rest = deadline.remaining(after: bytesOfAnswers) else { continue }
      guard rest > 0 else { throw .silence }
      isShortened = true
      socket.limitWait(to: rest)
    }
  }
}
