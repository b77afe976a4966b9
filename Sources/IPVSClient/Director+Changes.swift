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
    var refusal: Int32?
    do {
      let sent = try send(.change(change), acknowledged: true)
      try receive(since: sent) { event, _, _ in
        switch event {
        case .refused(let errno): refusal = errno
        case .acknowledged: break
        case .reply, .done, .interrupted: return false
        }
        return true
      }
    } catch {
      throw .socket(error)
    }
    if let refusal { throw .refused(errno: refusal) }
  }

  /// Carries changes out in their order. One that is refused does not keep the next from being
  /// carried out.
  ///
  /// - Returns: the changes that were refused, in order.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  public mutating func apply(_ changes: [Change]) throws(DirectorError) -> [Refusal] {
    var refusals: [Refusal] = []
    var done = 0
    while done < changes.count {
      let sent = try send(changes[done...].prefix(Self.largestBatch))
      for refusal in try takeAnswers(to: sent) {
        refusals.append(Refusal(index: done + refusal.index, errno: refusal.errno))
      }
      done += sent.count
    }
    return refusals
  }

  /// Whether changes are carried out before they are sent: the kernel works inside of the call that
  /// sends them, and an engine beside us.
  public var worksAtOnce: Bool {
    if case .kernel = door { true } else { false }
  }

  /// Sends changes, and does not wait for what becomes of them. Their answers must be taken in the order
  /// of sending, and before anything else is asked.
  ///
  /// - Parameter changes: no more than `largestBatch`, or the answers may not fit the socket. They go out
  ///   in one datagram, if they are not very long.
  public mutating func send(_ changes: ArraySlice<Change>) throws(DirectorError) -> SentChanges {
    let first = nextSequence
    writer.removeAll()
    for index in changes.indices {
      let isFull = writer.count > Self.batchBytes
      let isLast = index + 1 == changes.endIndex
      // Success is acknowledged for the last one only: they are carried out in order.
      changes[index].writeRequest(
        to: &writer, family: family, sequence: nextSequence, port: socket.port,
        acknowledged: isLast)
      nextSequence &+= 1
      guard isFull || isLast else { continue }
      do { try sendWritten() } catch { throw .socket(error) }
      writer.removeAll()
    }
    return SentChanges(first: first, count: changes.count)
  }

  /// Waits for what became of changes.
  ///
  /// - Returns: those that were refused, in order, by their numbers among what was sent.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  public mutating func takeAnswers(
    to sent: SentChanges
  ) throws(DirectorError) -> [Refusal] {
    guard sent.count > 0 else { return [] }
    var answers = earlyAnswers.filter { Int($0.key &- sent.first) < sent.count }
    for sequence in answers.keys { earlyAnswers[sequence] = nil }
    let last = sent.first &+ UInt32(sent.count - 1)
    if answers[last] == nil {
      do {
        try receive(since: sent.first) { event, place, _ in
          let sequence = sent.first &+ UInt32(place)
          switch event {
          case .refused(let errno): answers[sequence] = errno
          case .acknowledged: answers[sequence] = 0
          case .reply, .done, .interrupted: return false
          }
          return sequence == last
        }
      } catch {
        throw .socket(error)
      }
    }
    var refusals: [Refusal] = []
    for (sequence, errno) in answers {
      let place = Int(sequence &- sent.first)
      if place >= sent.count {
        earlyAnswers[sequence] = errno
      } else if errno != 0 {
        refusals.append(Refusal(index: place, errno: errno))
      }
    }
    return refusals.sorted { $0.index < $1.index }
  }
}
