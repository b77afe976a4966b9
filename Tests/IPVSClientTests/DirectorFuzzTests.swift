import Glibc
import IPVSClient
import IPVSRules
import IPVSSockets
import TestSupport
import Testing

@Suite struct DirectorFuzzTests {
  private enum Question: CaseIterable {
    case snapshot, service, daemons, timeouts, changes

    func put(to director: inout Director) throws(DirectorError) {
      switch self {
      case .snapshot: _ = try director.snapshot()
      case .service: _ = try director.service(Sample.identity(80))
      case .daemons: _ = try director.daemons()
      case .timeouts: _ = try director.timeouts()
      case .changes: _ = try director.apply((0..<5).map { Sample.change($0) })
      }
    }
  }

  /// Each datagram of an honest peer is, now and then, injured, doubled, left out, or exchanged with
  /// the next: whatever a director makes of it, it comes to an end and does not crash.
  @Test("injured replies")
  func injured() {
    var seed = Seed(for: "injured conversations")
    for _ in 0..<Seed.cases(usually: 300) {
      for question in Question.allCases {
        let transport = InjuringTransport(seed)
        _ = seed.next()
        _ = ask(transport) { director throws(DirectorError) in try question.put(to: &director) }
      }
    }
  }
}

/// An honest peer behind a bad line.
private final class InjuringTransport: Transport {
  private let honest: AnsweringTransport
  private var seed: Seed
  private var kept: [Received] = []

  init(_ seed: Seed) {
    self.seed = seed
    honest = AnsweringTransport { requests in
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
      ? Int32.random(in: -1...133, using: &seed) : honest.send(datagram)
  }

  func receive() -> Received {
    let next = kept.popLast() ?? honest.receive()
    guard case .datagram(let bytes) = next else { return next }
    switch Int.random(in: 0..<10, using: &seed) {
    case 0: return .datagram(seed.injured(bytes))
    case 1:
      kept.append(next)
      return next
    case 2: return honest.receive()
    case 3:
      kept.append(next)
      return honest.receive()
    case 4: return .failed(errno: Int32.random(in: -1...133, using: &seed))
    default: return next
    }
  }
}
