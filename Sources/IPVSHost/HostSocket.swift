// SPDX-License-Identifier: Apache-2.0

package import IPVSNetlinkFormat
package import IPVSSockets

/// One question to the kernel over netlink: what follows the header of its message.
package struct Question: Hashable, Sendable {
  /// The message's type, such as `RTM_GETLINK`.
  package var type: UInt16

  /// The structure before the attributes, such as `struct ifinfomsg`.
  package var header: [UInt8]

  /// The attributes that have a value, in their order.
  package var attributes: [Attribute]

  /// An attribute by its number, and its payload.
  package struct Attribute: Hashable, Sendable {
    /// The number of the attribute.
    package var number: UInt16

    /// What follows the attribute's header.
    package var payload: [UInt8]

    /// Makes an attribute of its parts.
    package init(_ number: UInt16, _ payload: [UInt8]) {
      self.number = number
      self.payload = payload
    }

    /// An attribute with a number of 32 bits in host byte order.
    package init(_ number: UInt16, number value: UInt32) {
      self.init(number, withUnsafeBytes(of: value) { Array($0) })
    }
  }

  /// Makes a question of its parts.
  package init(_ type: UInt16, header: [UInt8], _ attributes: [Attribute] = []) {
    self.type = type
    self.header = header
    self.attributes = attributes
  }
}

/// Why the kernel's answer is not to be had.
package enum HostError: Error, Hashable, Sendable {
  /// The socket failed.
  case socket(SocketError)

  /// The kernel refused to answer.
  case refused(errno: Int32)

  /// An answer does not follow the rules of its protocol.
  case malformed(NetlinkFormatError)

  /// What was read changed each time that it was read.
  case unsteady(attempts: Int)

  /// There are more entries than are read.
  case tooMany(limit: Int)
}

extension HostError: CustomStringConvertible {
  /// One line that names the cause.
  package var description: String {
    switch self {
    case .socket(let error): error.description
    case .refused(let errno): SocketError.refused(errno: errno).description
    case .malformed(let error): "an answer is not valid: \(error)"
    case .unsteady(let attempts): "it changed each of \(attempts) times that it was read"
    case .tooMany(let limit): "there are more than \(limit) entries"
    }
  }
}

/// A socket over which a part of the kernel is asked; nothing is changed over it.
package struct HostSocket: ~Copyable {
  /// How often a dump is read that changes, or is refused for a short time, while it is read.
  private static let attempts = 5

  /// How many questions go out in one datagram. Their answers fit the socket's buffer, each counted with
  /// the kernel's own records.
  private static let questionsAtOnce = 128

  /// The most bytes of answers to one datagram; more is taken for an endless answer.
  private static let mostBytes = 1 << 28

  /// The bytes that a message counts in addition to its payload.
  private static let bytesOfMessage = 64

  /// The most datagrams in a row that answer no question of the last datagram.
  private static let mostStrays = 10_000

  private let peer: NetlinkPeer
  private let netlinkProtocol: NetlinkProtocol
  private let patience: UInt32
  private var socket: NetlinkSocket

  /// The sequence number of the next question. It continues when the socket is replaced.
  private var nextSequence: UInt32
  private var writer = MessageWriter(capacity: 1 << 10)

  /// Opens a socket.
  ///
  /// - Parameters:
  ///   - peer: The kernel in a network namespace, or an object that answers in its place.
  ///   - netlinkProtocol: The part of the kernel.
  ///   - patience: How long an answer may take, in milliseconds.
  /// - Throws: `socket`.
  package init(
    _ peer: NetlinkPeer, _ netlinkProtocol: NetlinkProtocol, patience: UInt32 = 10_000
  ) throws(HostError) {
    (self.peer, self.netlinkProtocol, self.patience) = (peer, netlinkProtocol, patience)
    do {
      socket = try NetlinkSocket(peer, netlinkProtocol, patience: patience)
    } catch { throw .socket(error) }
    nextSequence = socket.nextSequence()
  }

  /// The number of a family of generic netlink.
  ///
  /// - Throws: `socket(.familyAbsent)` where the kernel does not have it.
  package func number(ofFamily name: String) throws(HostError) -> UInt16 {
    do { return try socket.number(ofFamily: name) } catch { throw .socket(error) }
  }

  /// Reads a whole table of the kernel, again where it changes meanwhile.
  ///
  /// - Parameters:
  ///   - question: What is asked; it is sent with `NLM_F_DUMP`.
  ///   - limit: The most entries.
  ///   - read: Makes an entry of what follows the header of a message; nil for one that does not count.
  /// - Returns: The entries in the order of the kernel.
  /// - Throws: `refused`, `malformed`, `unsteady`, `tooMany`, or `socket`.
  package mutating func dump<Entry>(
    _ question: Question, atMost limit: Int = 1 << 22,
    _ read: (RawSpan) throws(NetlinkFormatError) -> Entry?
  ) throws(HostError) -> [Entry] {
    for _ in 0..<Self.attempts {
      switch try dumpOnce(question, limit, read) {
      case .whole(let entries): return entries
      case .interrupted: continue
      case .broken: try reopen()
      }
    }
    throw .unsteady(attempts: Self.attempts)
  }

  /// Asks questions that have one answer each. They go out in batches.
  ///
  /// - Parameters:
  ///   - questions: What is asked.
  ///   - read: Makes a value of what follows the header of an answer.
  /// - Returns: An answer for each question, in their order, or the errno for which there is none.
  /// - Throws: `malformed` or `socket`.
  package mutating func ask<Answer>(
    _ questions: [Question], _ read: (RawSpan) throws(NetlinkFormatError) -> Answer
  ) throws(HostError) -> [Result<Answer, KernelRefusal>] {
    var answers: [Result<Answer, KernelRefusal>] = []
    answers.reserveCapacity(questions.count)
    for start in stride(from: 0, to: questions.count, by: Self.questionsAtOnce) {
      let part = questions[start..<min(start + Self.questionsAtOnce, questions.count)]
      answers += try askAtOnce(part, read)
    }
    return answers
  }

  // MARK: - Exchange

  private enum Reading<Entry> {
    case whole([Entry])

    /// It changed meanwhile, and was read to its end.
    case interrupted

    /// Some of it may still come.
    case broken
  }

  private mutating func dumpOnce<Entry>(
    _ question: Question, _ limit: Int,
    _ read: (RawSpan) throws(NetlinkFormatError) -> Entry?
  ) throws(HostError) -> Reading<Entry> {
    var entries: [Entry] = []
    var failure: HostError?
    var isInterrupted = false
    do throws(SocketError) {
      try send([question], .dump)
      try receive(count: 1) { event, _, payload in
        switch event {
        case .reply:
          guard failure == nil else { return false }
          do throws(NetlinkFormatError) {
            if let entry = try read(payload) { entries.append(entry) }
          } catch { failure = .malformed(error) }
          if entries.count > limit { failure = .tooMany(limit: limit) }
          // The rest of a table that is not wanted is not waited for.
          return failure != nil
        case .interrupted: isInterrupted = true
        case .refused(let errno), .done(let errno):
          if isPassing(errno) {
            isInterrupted = true
          } else if errno != 0 {
            failure = failure ?? .refused(errno: errno)
          }
          return true
        case .acknowledged: break
        }
        return false
      }
    } catch {
      switch error {
      case .interrupted, .overrun: return .broken
      default: throw .socket(error)
      }
    }
    if let failure {
      if case .refused = failure { throw failure }
      try reopen()
      throw failure
    }
    return isInterrupted ? .interrupted : .whole(entries)
  }

  private mutating func askAtOnce<Answer>(
    _ questions: ArraySlice<Question>, _ read: (RawSpan) throws(NetlinkFormatError) -> Answer
  ) throws(HostError) -> [Result<Answer, KernelRefusal>] {
    var answers = [Result<Answer, KernelRefusal>?](repeating: nil, count: questions.count)
    var missing = answers.count
    var failure: NetlinkFormatError?
    do throws(SocketError) {
      try send(questions, [])
      try receive(count: questions.count) { event, index, payload in
        guard answers[index] == nil else { return missing == 0 }
        switch event {
        case .reply:
          do throws(NetlinkFormatError) { answers[index] = .success(try read(payload)) } catch {
            failure = error
            answers[index] = .failure(KernelRefusal(errno: 0))
          }
        case .refused(let errno): answers[index] = .failure(KernelRefusal(errno: errno))
        case .acknowledged, .done: answers[index] = .failure(KernelRefusal(errno: 0))
        case .interrupted: return false
        }
        missing -= 1
        return missing == 0
      }
    } catch { throw .socket(error) }
    if let failure { throw .malformed(failure) }
    return answers.map { $0 ?? .failure(KernelRefusal(errno: 0)) }
  }

  private mutating func send(
    _ questions: some Collection<Question>, _ flags: MessageFlags
  ) throws(SocketError) {
    writer.removeAll()
    for question in questions {
      writer.message(
        type: question.type, flags: flags.union(.request), sequence: nextSequence,
        port: socket.port, header: question.header
      ) { writer in
        for attribute in question.attributes {
          writer.attribute(attribute.number, bytes: attribute.payload)
        }
      }
      nextSequence &+= 1
    }
    try writer.withBytes { datagram throws(SocketError) in try socket.send(datagram) }
  }

  /// Receives datagrams until `body` returns true.
  ///
  /// - Parameters:
  ///   - count: How many questions were sent last.
  ///   - body: Takes a message about the question with an index; messages about others are ignored.
  private func receive(
    count: Int, _ body: (NetlinkSocket.Event, Int, RawSpan) -> Bool
  ) throws(SocketError) {
    let first = nextSequence &- UInt32(count)
    var bytes = 0
    var strays = 0
    var isDone = false
    while !isDone {
      var isStray = true
      try socket.receive { event, sequence, payload in
        bytes += payload.byteCount + Self.bytesOfMessage
        let index = Int(sequence &- first)
        guard !isDone, index < count else { return }
        isStray = false
        if body(event, index, payload) { isDone = true }
      }
      strays = isStray ? strays + 1 : 0
      guard strays < Self.mostStrays, bytes < Self.mostBytes else { throw .malformed }
    }
  }

  /// Gives up what the other end may still send.
  private mutating func reopen() throws(HostError) {
    do { socket = try NetlinkSocket(peer, netlinkProtocol, patience: patience) } catch {
      throw .socket(error)
    }
  }
}

/// Whether a dump that ends so may succeed a moment later: EINTR, EAGAIN, EBUSY.
private func isPassing(_ errno: Int32) -> Bool { errno == 4 || errno == 11 || errno == 16 }

/// The errno for which the kernel did not answer a question; 0 where it answered without a value.
package struct KernelRefusal: Error, Hashable, Sendable {
  /// The errno.
  package var errno: Int32

  /// Makes a refusal.
  package init(errno: Int32) {
    self.errno = errno
  }
}
