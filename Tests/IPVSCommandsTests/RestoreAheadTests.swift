// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSGrammar
import IPVSPrograms
import IPVSSockets
import TestSupport
import Testing

@testable import IPVSCommands

/// Restore while an engine works: lines are read before the answers to those sent earlier are taken.
@Suite struct RestoreAheadTests {
  /// An engine that rejects the first and the last change of each datagram, with a record of what was
  /// sent and when answers were asked for.
  private final class Diary: Transport {
    private(set) var entries: [String] = []
    private let peer = AnsweringTransport { requests in
      guard requests.count > 1 else {
        let answer = requests[0].wantsAcknowledgement ? Answer.done() : ProgramTests.info
        return [.datagram(ScriptedTransport.datagram([answer], to: requests))]
      }
      return [0, requests.count - 1].map { index in
        .datagram(ScriptedTransport.datagram([.refused(EEXIST, index)], to: requests))
      }
    }

    func send(_ datagram: RawSpan) -> Int32 {
      let count = SentMessage.all(in: datagram.withUnsafeBytes { Array($0) }).count
      if count > 1 { entries.append("\(count) sent") }
      return peer.send(datagram)
    }

    func receive() -> Received {
      if entries.last != "asked" { entries.append("asked") }
      return peer.receive()
    }
  }

  private static func lines(_ count: Int) -> String {
    (1...count).map { "-A -t 10.0.0.1:\($0) -s rr\n" }.joined()
  }

  /// The lines that errors are about.
  private func refused(_ outcome: ProgramTests.Outcome) -> [Substring] {
    outcome.errors.split(separator: "\n").filter { $0.hasPrefix("  line ") }
  }

  @Test("the next lines are read while an engine works on changes; errors keep the order of lines")
  func readsAhead() throws {
    let diary = Diary()
    let outcome = try ProgramTests().run(
      "ipvsadm -R", input: Array(Self.lines(600).utf8), transport: diary)
    #expect(outcome.status == 255)
    #expect(
      refused(outcome)
        == [1, 250, 251, 500, 501, 600].map { "  line \($0): -A -t 10.0.0.1:\($0) -s rr" })
    let changes = diary.entries.drop { $0 == "asked" }
    #expect(changes == ["250 sent", "250 sent", "asked", "100 sent", "asked"])
  }

  @Test("rejected lines are reported before input that cannot be read")
  func overlongLine() throws {
    let overlong = [UInt8](repeating: 0x61, count: RestoreReader.longestLine + 1)
    let outcome = try ProgramTests().run(
      "ipvsadm -R", input: Array(Self.lines(2).utf8) + overlong, transport: Diary())
    #expect(outcome.status == ExitStatus.failure.rawValue)
    #expect(refused(outcome) == [1, 2].map { "  line \($0): -A -t 10.0.0.1:\($0) -s rr" })
    let last = outcome.errors.split(separator: "\n").suffix(3)
    #expect(last.first == "cannot read standard input")
    #expect(last.dropFirst().first?.hasPrefix("  cause: line 3 has more than ") == true)
  }
}
