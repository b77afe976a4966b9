// SPDX-License-Identifier: Apache-2.0

internal import IPVSMessages
internal import IPVSNetlinkFormat
public import IPVSRules
internal import IPVSSockets

/// Changes that were sent one after the other, and whose answers are still to be taken.
package struct SentChanges: Sendable {
  fileprivate let first: UInt32

  /// How many changes were sent.
  package let count: Int
}

extension Director {
  /// Carries one change out.
  ///
  /// - Throws: `rejected` where it was refused; `socket` where the answer is missing, and the change
  ///   may or may not have been made.
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
    if let rejection { throw .rejected(RejectedChange(change, errno: rejection)) }
  }

  /// Carries changes out in their order. After one that is refused, the next are carried out all the
  /// same.
  ///
  /// - Returns: the changes that were refused, in order; print one to see why.
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
        let index = done + rejection.index
        rejections.append(
          RejectedChange(index: index, changes[index], errno: rejection.errno))
      }
      done += sent.count
    }
    return rejections
  }

  /// Whether changes are carried out when `send` returns: the kernel works inside of that call, an
  /// engine in parallel.
  package var worksAtOnce: Bool { peer.isKernel }

  /// The most changes in a batch. The kernel keeps only this many refusals until they are read, and
  /// drops the rest; an engine keeps all, and works better in smaller steps.
  package var largestBatch: Int {
    socket.room.map { max(1, $0 / Self.refusalRoom) } ?? Self.stepOfEngines
  }

  /// Sends changes in one datagram, and does not wait for the answers. These must be taken in the order
  /// of sending, and before anything else is asked.
  package mutating func send(_ batch: inout ChangeBatch) throws(DirectorError) -> SentChanges {
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

  /// Waits for the answers to changes.
  ///
  /// - Returns: those that were refused, in order.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  package mutating func takeAnswers(
    to sent: SentChanges
  ) throws(DirectorError) -> [RejectedRequest] {
    guard sent.count > 0 else { return [] }
    let end = sent.first &+ UInt32(sent.count)
    var outcomes = earlyAnswers
    if outcomes[end &- 1] == nil {
      do {
        try receive(since: sent.first) { event, index, _ in
          let sequence = sent.first &+ UInt32(index)
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
