// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSClient
import IPVSRules
import IPVSSockets
import TestSupport
import Testing

@Suite struct DirectorFuzzTests {
  private enum Request: CaseIterable {
    case snapshot, service, daemons, timeouts, changes

    func send(to director: inout Director) throws(DirectorError) {
      switch self {
      case .snapshot: _ = try director.snapshot()
      case .service: _ = try director.service(Sample.identity(80))
      case .daemons: _ = try director.daemons()
      case .timeouts: _ = try director.timeouts()
      case .changes: _ = try director.apply((0..<5).map { Sample.change($0) })
      }
    }
  }

  /// Some datagrams of a correct peer are damaged, duplicated, dropped, or swapped with the next. A
  /// director may fail then, but it returns and does not crash.
  @Test("damaged replies")
  func damaged() {
    var seed = Seed(for: "damaged replies")
    for _ in 0..<Seed.cases(usually: 300) {
      for request in Request.allCases {
        let transport = DamagingTransport(seed)
        _ = seed.next()
        _ = ask(transport) { director throws(DirectorError) in try request.send(to: &director) }
      }
    }
  }
}

/// A correct peer on a bad line.
private final class DamagingTransport: Transport {
  private let correct: AnsweringTransport
  private var seed: Seed
  private var kept: [Received] = []

  init(_ seed: Seed) {
    self.seed = seed
    correct = AnsweringTransport { requests in
      Self.answers(to: requests).map {
        .datagram(ScriptedTransport.datagram($0, to: requests))
      }
    }
  }

  private static func answers(to requests: [SentMessage]) -> [[Answer]] {
    switch requests.first?.command {
    case 15: [[.reply(Sample.info)]]
    case 13: [[.reply(Sample.timeouts)]]
    case 4 where requests.first?.flags == 0x1: [[.reply(Sample.service)]]
    case 4: [Sample.services.prefix(3).map { .entry($0) }, [.end()]]
    case 8: [Sample.servers.prefix(4).map { .entry($0) }, [.end()]]
    case 11: [Sample.daemons.map { .entry($0) }, [.end()]]
    default: [[.refused(EEXIST, 0)], [.refused(EINVAL, 3)], [.done(requests.count - 1)]]
    }
  }

  func send(_ datagram: RawSpan) -> Int32 {
    Int.random(in: 0..<50, using: &seed) == 0
      ? Int32.random(in: -1...133, using: &seed) : correct.send(datagram)
  }

  func receive() -> Received {
    let next = kept.popLast() ?? correct.receive()
    guard case .datagram(let bytes) = next else { return next }
    switch Int.random(in: 0..<10, using: &seed) {
    case 0: return .datagram(seed.injured(bytes))
    case 1:
      kept.append(next)
      return next
    case 2: return correct.receive()
    case 3:
      kept.append(next)
      return correct.receive()
    case 4: return .failed(errno: Int32.random(in: -1...133, using: &seed))
    default: return next
    }
  }
}
