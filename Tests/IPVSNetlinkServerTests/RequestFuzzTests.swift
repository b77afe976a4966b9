// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing
@testable import IPVSNetlinkServer

/// Whatever comes is answered in well-formed messages, and each request that asks for an answer gets
/// one.
@Suite struct RequestFuzzTests {
  @Test func everyRequestIsAnsweredOnce() {
    let seed = Seed(for: "requests")
    var grammar = RequestGrammar(seed)
    let talk = Talk(as: seed.seed % 2 == 0 ? .oldest : .newest)
    var sequence: UInt32 = 1
    var outcomes: [Int32: Int] = [:]
    for step in 0..<Seed.cases(usually: 5_000) {
      let datagram = grammar.datagram(&sequence)
      let requests = SentMessage.all(in: datagram)
      let answers = talk.ask(datagram)
      guard check(answers.flatMap(messages(in:)), to: requests, &outcomes) else {
        Issue.record("step \(step): \(Hex.text(datagram)) got \(answers.map(Hex.text))")
        return
      }
      if step % 100 == 0 { talk.withBalancer { checkTables(&$0) } }
    }
    talk.withBalancer { balancer in
      balancer.flush()
      checkTables(&balancer)
      for minute in 1...3 as ClosedRange<UInt64> {
        balancer.collectTrash(at: Instant(seconds: 60 * minute))
      }
      #expect(balancer.servers.count == 0)
    }
    // A grammar of mistakes alone would test little.
    for errno in [0, 2, 3, 16, 17, 22, 34, 95, 97] as [Int32] {
      #expect(outcomes[errno, default: 0] > 0, "errno \(errno)")
    }
    #expect(outcomes[0, default: 0] > outcomes.values.reduce(0, +) / 5)
  }

  /// The messages of a datagram; nil for malformed ones.
  private func messages(in datagram: [UInt8]) -> [SentMessage?] {
    let messages = SentMessage.all(in: datagram)
    let length = messages.reduce(0) { $0 + ($1.bytes.count + 3) & ~3 }
    let isWhole = !messages.isEmpty && length == datagram.count && datagram.count <= 1 << 16
    return isWhole ? messages : [nil]
  }

  private func check(
    _ answers: [SentMessage?], to requests: [SentMessage], _ outcomes: inout [Int32: Int]
  ) -> Bool {
    var verdicts: [UInt32: Int] = [:]
    for answer in answers {
      guard let answer else { return false }
      if let verdict = answer.verdict {
        verdicts[answer.sequence, default: 0] += 1
        outcomes[verdict, default: 0] += 1
      } else if Leaf.split(answer.attributes) == nil {
        return false
      }
    }
    // An injured datagram may hold two requests with one number.
    for (sequence, same) in Dictionary(grouping: requests, by: \.sequence) {
      let wanted = same.count { $0.wantsAcknowledgement || $0.isDump }
      guard (wanted...same.count).contains(verdicts[sequence, default: 0]) else { return false }
    }
    return true
  }

  /// The tables of the engine agree with each other.
  private func checkTables(_ balancer: inout Balancer) {
    var servers = 0
    for service in balancer.allServices {
      let listed = balancer.servers(service.key)
      servers += listed.count
      #expect(Set(listed.map(\.key)).count == listed.count)
    }
    #expect(balancer.services.count == balancer.allServices.count)
    #expect(balancer.serviceIndex.count == balancer.services.count)
    #expect(balancer.serverIndex.count == servers)
    #expect(balancer.servers.count == servers + balancer.trash.count)
    let marks = balancer.allServices.filter { $0.key.mark == 0 && $0.key.port == 0 }
    #expect(balancer.portZeroServices == marks.count)
  }
}

extension SentMessage {
  /// A dump that IPVS begins is ended by a message, and no other verdict.
  fileprivate var isDump: Bool { type >= 16 && flags & 0x301 == 0x301 }
}

extension Balancer {
  fileprivate var allServices: [ServiceReport] {
    var all: [ServiceReport] = []
    var cursor = ServiceCursor()
    _ = forEachService(from: &cursor) {
      all.append($0)
      return true
    }
    return all
  }

  fileprivate func servers(_ service: ServiceKey) -> [ServerReport] {
    var all: [ServerReport] = []
    var position = 0
    _ = forEachServer(of: service, from: &position) {
      all.append($0)
      return true
    }
    return all
  }
}
