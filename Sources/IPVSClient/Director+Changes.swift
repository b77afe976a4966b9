internal import IPVSMessages
internal import IPVSNetlinkFormat
public import IPVSRules
internal import IPVSSockets

/// Changes that were sent one after the other, and whose answers are still to be taken.
public struct SentChanges: Sendable {
  fileprivate let first: UInt32
  public let count: Int
}

extension Director {
  /// Carries one change out.
  public mutating func apply(_ change: Change) throws(DirectorError) {
    var rejection: Int32?
    do {
      let sent = try send(.change(change), acknowledged: true)
      try receive(since: sent) { event, _, _ in
        switch event {
        case .refused(let errno): rejection = errno
        case .acknowledged: break
        case .reply, .done, .interrupted: return false
        }
        return true
      }
    } catch {
      throw .socket(error)
    }
    if let rejection { throw .refused(errno: rejection) }
  }

  /// Carries changes out in their order. One that is refused does not keep the next from being
  /// carried out.
  ///
  /// - Returns: the changes that were refused, in order.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  public mutating func apply(_ changes: [Change]) throws(DirectorError) -> [RejectedChange] {
    var rejections: [RejectedChange] = []
    var done = 0
    var batch = ChangeBatch()
    let limit = largestBatch
    while done < changes.count {
      batch.removeAll()
      while !batch.isFull(atMost: limit), done + batch.count < changes.count {
        batch.append(changes[done + batch.count])
      }
      let sent = try send(&batch)
      for rejection in try takeAnswers(to: sent) {
        rejections.append(RejectedChange(index: done + rejection.index, errno: rejection.errno))
      }
      done += sent.count
    }
    return rejections
  }

  /// Whether changes are carried out before they are sent: the kernel works inside of the call that
  /// sends them, and an engine beside us.
  public var worksAtOnce: Bool {
    if case .kernel = peer { true } else { false }
  }

  /// The most changes in a batch. So many refusals the kernel keeps until they are read, and loses what
  /// is beyond; an engine keeps them all, and works better in smaller steps.
  public var largestBatch: Int {
    socket.room.map { max(1, $0 / Self.refusalRoom) } ?? Self.stepOfEngines
  }

  /// Sends changes in one datagram, and does not wait for what becomes of them. Their answers must be
  /// taken in the order of sending, and before anything else is asked.
  public mutating func send(_ batch: inout ChangeBatch) throws(DirectorError) -> SentChanges {
    let sent = SentChanges(first: nextSequence, count: batch.count)
    guard !batch.isEmpty else { return sent }
    batch.address(to: family, from: socket.port, firstSequence: nextSequence)
    nextSequence &+= UInt32(batch.count)
    do throws(SocketError) {
      try batch.requests.withBytes { datagram throws(SocketError) in try socket.send(datagram) }
    } catch {
      throw .socket(error)
    }
    return sent
  }

  /// Waits for what became of changes.
  ///
  /// - Returns: those that were refused, in order, by their numbers among what was sent.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  public mutating func takeAnswers(
    to sent: SentChanges
  ) throws(DirectorError) -> [RejectedChange] {
    guard sent.count > 0 else { return [] }
    let end = sent.first &+ UInt32(sent.count)
    var outcomes = earlyAnswers
    if outcomes[end &- 1] == nil {
      do {
        try receive(since: sent.first) { event, place, _ in
          let sequence = sent.first &+ UInt32(place)
          let isLast = sequence == end &- 1
          switch event {
          case .refused(let errno): outcomes.note(errno, of: sequence)
          case .acknowledged where isLast: break
          case .acknowledged: outcomes.note(0, of: sequence)
          case .reply, .done, .interrupted: return false
          }
          return isLast
        }
      } catch {
        throw .socket(error)
      }
    }
    let answered = outcomes.take(before: end)
    earlyAnswers = outcomes
    return answered.rejections(after: sent.first)
  }
}
