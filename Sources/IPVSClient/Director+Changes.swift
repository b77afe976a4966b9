internal import IPVSMessages
internal import IPVSNetlinkFormat
public import IPVSRules
internal import IPVSSockets

/// Changes that went out together, and whose answers are still to be taken.
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
      let sent = try send(changes[done...])
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

  /// Sends the first changes of some, as many as fit one datagram, and does not wait for what becomes
  /// of them. Their answers must be taken in the order of sending, and before anything else is asked.
  public mutating func send(_ changes: ArraySlice<Change>) throws(DirectorError) -> SentChanges {
    writer.removeAll()
    let first = nextSequence
    var count = 0
    var isLast = changes.isEmpty
    while !isLast {
      // Success is acknowledged for the last one only: they are carried out in order.
      isLast =
        count + 1 == min(changes.count, Self.largestBatch) || writer.count > Self.batchBytes
      changes[changes.startIndex + count].writeRequest(
        to: &writer, family: family, sequence: nextSequence, port: socket.port,
        acknowledged: isLast)
      nextSequence &+= 1
      count += 1
    }
    do { try sendWritten() } catch { throw .socket(error) }
    return SentChanges(first: first, count: count)
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
