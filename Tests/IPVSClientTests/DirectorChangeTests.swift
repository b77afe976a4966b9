// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

@Suite struct DirectorChangeTests {
  private static func changes(_ count: Int) -> [Change] {
    (0..<count).map { Sample.change($0) }
  }

  private static func batch(_ numbers: Range<Int>) -> ChangeBatch {
    var batch = ChangeBatch()
    for number in numbers { batch.append(Sample.change(number)) }
    return batch
  }

  @Test("one change is one request, and its success is acknowledged")
  func one() {
    let transport = ScriptedTransport([.datagram([.done()])])
    let result = ask(transport) { director throws(DirectorError) in
      try director.apply(Sample.change(80))
    }
    #expect(throws: Never.self) { try result.get() }
    #expect(transport.lookUps == 1)
    #expect(transport.sent.count == 1)
    #expect(transport.sent.first?.map(\.command) == [1])
    #expect(transport.sent.first?.map(\.flags) == [0x5])
    #expect(transport.sent.first?.map(\.type) == [28])
  }

  @Test("a change that is refused throws the kernel's reason")
  func refused() {
    let result = ask([.datagram([.refused(EEXIST)])]) { director throws(DirectorError) in
      try director.apply(Sample.change(80))
    }
    let rejected = RejectedChange(Sample.change(80), errno: EEXIST)
    #expect(throws: DirectorError.rejected(rejected)) { try result.get() }
  }

  @Test("no changes are no requests")
  func none() {
    let transport = ScriptedTransport()
    let result = ask(transport) { director throws(DirectorError) in
      var nothing = ChangeBatch()
      return try director.apply([]).count + director.takeAnswers(to: director.send(&nothing)).count
    }
    #expect(result == .success(0))
    #expect(transport.sent.isEmpty)
  }

  /// The kernel sends each error, and the acknowledgement, in a datagram of its own; those for all
  /// requests of a datagram must fit a receive buffer.
  @Test("600 changes are sent in three datagrams, each of which asks for one acknowledgement")
  func batches() {
    let transport = ScriptedTransport([
      .datagram([.refused(EEXIST, 0)]), .datagram([.refused(EINVAL, 7)]), .datagram([.done(249)]),
      .datagram([.refused(ENOENT, 249)]),
      .datagram([.refused(EPERM, 98)]), .datagram([.done(99)]),
    ])
    let result = ask(transport) { director throws(DirectorError) in
      try director.apply(Self.changes(600))
    }
    let rejections = [
      Sample.rejection(0, EEXIST), Sample.rejection(7, EINVAL),
      Sample.rejection(499, ENOENT), Sample.rejection(598, EPERM),
    ]
    #expect(result == .success(rejections))
    #expect(transport.sent.map(\.count) == [250, 250, 100])
    for datagram in transport.sent {
      #expect(datagram.dropLast().allSatisfy { $0.flags == 0x1 })
      #expect(datagram.last?.flags == 0x5)
    }
    let sequences = transport.sent.joined().map(\.sequence)
    #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
    #expect(transport.lookUps == 1)
    #expect(transport.stepsLeft == 0)
  }

  @Test("a datagram fits a send buffer, however long its changes are")
  func longChanges() {
    let name = [UInt8](repeating: 0x61, count: 60_000)
    let engine = KernelName(.init(name), atMost: 60_000)
    let changes = (0..<9).map { number in
      Change.addService(VirtualService(Sample.identity(number), engine: engine))
    }
    let transport = AnsweringTransport { requests in
      [.datagram(ScriptedTransport.datagram([.done(requests.count - 1)], to: requests))]
    }
    let recorder = CountingTransport(transport)
    let result = ask(recorder) { director throws(DirectorError) in try director.apply(changes) }
    #expect(result == .success([]))
    #expect(recorder.lengths.allSatisfy { $0 < 208 << 10 })
    #expect(recorder.lengths.count == 1 + 5)
  }

  @Test("changes are sent before others are answered, and all answers come in one datagram")
  func sentAhead() {
    var earlier: [SentMessage] = []
    let transport = AnsweringTransport { requests in
      guard !earlier.isEmpty else {
        earlier = requests
        return []
      }
      let late = ScriptedTransport.datagram([.refused(EEXIST, 0), .done(2)], to: requests)
      let first = ScriptedTransport.datagram([.refused(ENOENT, 1), .done(2)], to: earlier)
      return [.datagram(late + first)]
    }
    let result = ask(transport) { director throws(DirectorError) in
      var first = Self.batch(0..<3)
      var late = Self.batch(3..<6)
      let sent = [try director.send(&first), try director.send(&late)]
      return [try director.takeAnswers(to: sent[0]), try director.takeAnswers(to: sent[1])]
    }
    #expect(
      result
        == .success([
          [RejectedRequest(index: 1, errno: ENOENT)], [RejectedRequest(index: 0, errno: EEXIST)],
        ]))
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [ScriptedTransport.Step]
    let expected: Result<[RejectedChange], DirectorError>

    init(
      _ name: String, _ script: [ScriptedTransport.Step],
      _ expected: Result<[RejectedChange], DirectorError>
    ) {
      testDescription = name
      self.script = script
      self.expected = expected
    }
  }

  /// Answers to five changes in one datagram.
  static let rows: [Row] = [
    Row("only the last one answers", [.datagram([.done(4)])], .success([])),
    Row(
      "all are refused, one datagram each", (0..<5).map { .datagram([.refused(EPERM, $0)]) },
      .success((0..<5).map { Sample.rejection($0, EPERM) })),
    Row(
      "all answers in one datagram, in another order",
      [.datagram([.refused(ENOENT, 3), .done(4), .refused(EEXIST, 1), .refused(EINVAL, 0)])],
      .success([
        Sample.rejection(0, EINVAL), Sample.rejection(1, EEXIST),
        Sample.rejection(3, ENOENT),
      ])),
    Row(
      "an error in another order, in datagrams",
      [.datagram([.refused(ENOENT, 3)]), .datagram([.refused(EEXIST, 1)]), .datagram([.done(4)])],
      .success([Sample.rejection(1, EEXIST), Sample.rejection(3, ENOENT)])),
    Row(
      "an answer comes twice",
      [.datagram([.refused(ENOENT, 2), .refused(ENOENT, 2)]), .datagram([.done(4)])],
      .success([Sample.rejection(2, ENOENT)])),
    Row(
      "acknowledgements that were not asked for",
      [.datagram([.done(0)]), .datagram([.done(1), .done(2), .done(3)]), .datagram([.done(4)])],
      .success([])),
    Row(
      "answers to requests of other sockets",
      [
        .datagram([.refused(EPERM).astray]), .datagram([.done().astray, .refused(EEXIST, 0)]),
        .datagram([.done(4)]),
      ], .success([Sample.rejection(0, EEXIST)])),
    Row(
      "a reply where none is due is no success",
      [.datagram([Answer(.reply(Sample.info), place: 4)])],
      .failure(.socket(.silence))),
    Row(
      "the end of a dump is no success", [.datagram([Answer(.end(0), place: 4)])],
      .failure(.socket(.silence))),
    Row(
      "a message of type NLMSG_NOOP is no success",
      [.datagram([Answer(.other(type: 1, []), place: 4)])],
      .failure(.socket(.silence))),
    Row("silence", [], .failure(.socket(.silence))),
    Row(
      "silence after the first errors", [.datagram([.refused(EEXIST, 0), .refused(EEXIST, 1)])],
      .failure(.socket(.silence))),
    Row("answers are lost", [.failed(errno: ENOBUFS)], .failure(.socket(.overrun))),
    Row(
      "answers are lost after the first ones",
      [.datagram([.refused(EEXIST, 0)]), .failed(errno: ENOBUFS)], .failure(.socket(.overrun))),
    Row("the other end closes", [.bytes([])], .failure(.socket(.closed))),
    Row("noise", [.bytes([1, 2, 3, 4])], .failure(.socket(.malformed))),
    Row(
      "an answer that is cut off", [.cut([.done(4)], to: 30)], .failure(.socket(.malformed))),
    Row(
      "an error that is none", [.datagram([.refused(70000, 4)])], .failure(.socket(.malformed))),
  ]

  @Test("five changes", arguments: rows)
  func five(_ row: Row) {
    let transport = ScriptedTransport(row.script)
    let result = ask(transport) { director throws(DirectorError) in
      try director.apply(Self.changes(5))
    }
    #expect(result == row.expected)
    #expect(transport.sent.map(\.count) == [5])
    #expect(transport.stepsLeft == 0)
  }

  @Test("no more is sent after answers are missing")
  func stopsSending() {
    let transport = ScriptedTransport([.failed(errno: ENOBUFS), .datagram([.done(249)])])
    let result = ask(transport) { director throws(DirectorError) in
      try director.apply(Self.changes(500))
    }
    #expect(result == .failure(.socket(.overrun)))
    #expect(transport.sent.count == 1)
  }

  @Test("late answers are not taken for answers to the next request")
  func late() {
    let transport = ScriptedTransport([
      .datagram([.refused(EEXIST, 0)]), .failed(errno: ETIMEDOUT),
      .late([.refused(EPERM, 3), .done(4)]), .datagram([.done()]),
    ])
    let result = ask(transport) { director throws(DirectorError) in
      var first: DirectorError?
      do throws(DirectorError) { _ = try director.apply(Self.changes(5)) } catch { first = error }
      try director.apply(Sample.change(9))
      return first
    }
    #expect(result == .success(DirectorError.socket(.silence)))
    #expect(transport.stepsLeft == 0)
  }

  @Test("a peer that does not take the request")
  func sendRefused() {
    let transport = ScriptedTransport()
    transport.rejections = [0, EPIPE]
    let result = ask(transport) { director throws(DirectorError) in
      try director.apply(Self.changes(2))
    }
    #expect(result == .failure(.socket(.closed)))
  }

  @Test("a peer that sends unrelated messages for ever is given up")
  func babble() {
    let noise = Answer.done().astray
    let transport = AnsweringTransport { _ in [] }
    let babbler = BabblingTransport(transport, ScriptedTransport.datagram([noise], to: []))
    let result = ask(babbler) { director throws(DirectorError) in
      try director.apply(Self.changes(2))
    }
    #expect(result == .failure(.socket(.malformed)))
  }
}

/// Records the length of each datagram.
private final class CountingTransport: Transport {
  private let next: any Transport
  private(set) var lengths: [Int] = []

  init(_ next: any Transport) {
    self.next = next
  }

  func send(_ datagram: RawSpan) -> Int32 {
    lengths.append(datagram.byteCount)
    return next.send(datagram)
  }

  func receive() -> Received { next.receive() }
}

/// Sends the same datagram again and again where another transport is silent.
private final class BabblingTransport: Transport {
  private let next: any Transport
  private let babble: [UInt8]

  init(_ next: any Transport, _ babble: [UInt8]) {
    self.next = next
    self.babble = babble
  }

  func send(_ datagram: RawSpan) -> Int32 { next.send(datagram) }

  func receive() -> Received {
    if case .datagram(let bytes) = next.receive() { return .datagram(bytes) }
    return .datagram(babble)
  }
}
