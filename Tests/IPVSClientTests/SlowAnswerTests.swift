// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import TestSupport
import Testing

@testable import IPVSClient

/// Answers that come one by one for ever: each within the patience, and of little use.
@Suite struct SlowAnswerTests {
  private static let patience: UInt32 = 300

  /// Answers every 20 milliseconds with the same message.
  private final class SlowTransport: Transport {
    private static let interval: UInt32 = 20

    private let answer: Answer
    private let lookUps = AnsweringTransport { _ in [] }
    private var requests: [SentMessage] = []
    private var limit: UInt32?
    private(set) var limits = 0

    init(_ answer: Answer) { self.answer = answer }

    func send(_ datagram: RawSpan) -> Int32 {
      requests = SentMessage.all(in: datagram.withUnsafeBytes { Array($0) })
      return requests.first?.type == Controller.type ? lookUps.send(datagram) : 0
    }

    func limitWait(to milliseconds: UInt32) {
      limit = milliseconds
      limits += 1
    }

    func receive() -> Received {
      if requests.first?.type == Controller.type { return lookUps.receive() }
      let wait = min(limit ?? .max, Self.interval)
      usleep(wait * 1000)
      guard wait == Self.interval else { return .failed(errno: ETIMEDOUT) }
      return .datagram(ScriptedTransport.datagram([answer], to: requests))
    }
  }

  static let answers: [(String, Answer)] = [
    ("answers to others", Answer.reply(Sample.timeouts).astray),
    ("refusals to others", Answer.refused(EPERM).astray),
  ]

  @Test("a question", arguments: answers)
  func question(_ row: (name: String, answer: Answer)) throws {
    let transport = SlowTransport(row.answer)
    var director = try Director(.transport(transport), patience: Self.patience)
    #expect(throws: DirectorError.socket(.silence)) { try director.timeouts() }
    // It waited again after answers to others came.
    #expect(transport.limits > 1)
  }

  @Test("a change", arguments: answers)
  func change(_ row: (name: String, answer: Answer)) throws {
    var director = try Director(.transport(SlowTransport(row.answer)), patience: Self.patience)
    #expect(throws: DirectorError.socket(.silence)) { try director.apply(Sample.change(80)) }
    #expect(throws: DirectorError.socket(.silence)) { try director.apply([Sample.change(80)]) }
  }

  @Test("a table", arguments: answers)
  func table(_ row: (name: String, answer: Answer)) throws {
    var director = try Director(.transport(SlowTransport(row.answer)), patience: Self.patience)
    #expect(throws: DirectorError.socket(.silence)) { try director.daemons() }
  }

  @Test("what comes gives time for more, a kilobyte for each second")
  func deadline() {
    let deadline = AnswerDeadline(1000)
    #expect(deadline.remaining(after: 32_000) == nil)
    let rest = deadline.remaining(after: 0)
    #expect(rest == nil || rest.map { $0 <= 1000 } == true)
    usleep(30_000)
    #expect(deadline.remaining(after: 0).map { $0 <= 970 } == true)
    #expect(AnswerDeadline(0).remaining(after: 0) == 0)
    // A table that comes with the least speed, and one that is slower.
    let short = AnswerDeadline(10)
    usleep(60_000)
    #expect(short.remaining(after: 20) == 0)
    #expect(short.remaining(after: 1_000_000) == nil)
  }
}
