// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// What is kept of a client that does not take its answers.
@Suite struct UnreadAnswersTests {
  private typealias Bytes = RequestBytes

  private static func services(_ ports: ClosedRange<UInt16>) -> [UInt8] {
    ports.flatMap { port in
      Bytes.message(1, sequence: UInt32(port), Bytes.service(port: port, scheduler: "rr"))
    }
  }

  /// How many services another client is told of.
  private static func serviceCount(_ talk: Talk) -> Int {
    let pages = talk.ask(Bytes.message(4, flags: 0x301), as: Talk.Client())
    return pages.flatMap { SentMessage.all(in: $0) }.filter { $0.type == Bytes.ipvs }.count
  }

  @Test("requests whose answers find no room wait until answers are taken")
  func postponed() {
    let talk = Talk()
    talk.send(Self.services(1...5000))
    let done = Self.serviceCount(talk)
    // An acknowledgement takes 36 bytes, and an array.
    #expect(done > 500 && done < NetlinkSession.mostBytesOfAnswers / 36)
    var sequences: [UInt32] = []
    while let answer = talk.next() {
      let messages = SentMessage.all(in: answer)
      #expect(messages.map(\.verdict) == [0])
      sequences += messages.map(\.sequence)
    }
    #expect(sequences == Array(1...5000))
    #expect(Self.serviceCount(talk) == 5000)
  }

  @Test("what is kept does not grow with the datagram", arguments: [2000, 30_000])
  func bound(count: Int) {
    let talk = Talk()
    let question = Bytes.message(15, sequence: 1)
    talk.send((0..<count).flatMap { _ in question })
    #expect(talk.bytesKept < NetlinkSession.mostBytesOfAnswers + 200)
    var answers = 0
    while talk.next() != nil { answers += 1 }
    #expect(answers % count == 0 && answers > 0)
    #expect(talk.bytesKept == 0)
  }

  @Test("a usual batch is carried out at once")
  func batch() {
    let talk = Talk()
    talk.send(Self.services(1...250))
    #expect(Self.serviceCount(talk) == 250)
  }

  @Test("the pages of a dump come after the answers to all requests of its datagram")
  func dump() {
    let talk = Talk()
    talk.ask(Self.services(1...500))
    let dump = Bytes.message(4, flags: 0x301, sequence: 9)
    let deletions = (1...1000).flatMap { port in
      Bytes.message(3, sequence: 10, Bytes.service(port: UInt16(port)))
    }
    talk.send(dump + deletions)
    let answers = Array(
      sequence(state: talk) { $0.next() }.map { SentMessage.all(in: $0).first?.type ?? 0 })
    #expect(answers.first == 28 && answers.last == 3)
    #expect(answers.dropFirst().dropLast().allSatisfy { $0 == 2 })
    #expect(answers.count == 1002)
  }
}
