// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSRules
import TestSupport
import Testing

@testable import IPVSExplaining

/// Directors by chance: each packet is explained from a listing, and then sent.
@Suite struct WalkTests {
  /// How often each certainty was seen; a walk that sees one of them never shows nothing about it.
  private struct Account {
    var seen: [Certainty: Int] = [:]
    var byConnection = 0
    var byTemplate = 0
  }

  @Test func whatIsSaidIsWhatIsDone() throws {
    var seed = Seed(for: "explaining walks")
    var account = Account()
    for _ in 0..<Seed.cases(usually: 100) {
      var director = WalkingDirector(Seed(derivedFrom: &seed))
      for _ in 0..<40 {
        if seed.next() % 3 == 0 { director.change() }
        let packet = director.nextPacket()
        guard seed.next() % 4 > 0 else {
          // A packet that ends a connection, or goes on with it.
          _ = try director.send(packet, flags: [0x10, 0x11, 0x04][Int(seed.next() % 3)])
          continue
        }
        var explainer = Explainer(try director.evidence(for: packet))
        let said = explainer.explain(packet)
        let done = try director.send(packet)
        expect(said, done)
        note(said, &account)
      }
    }
    #expect(Certainty.allCases.allSatisfy { account.seen[$0] ?? 0 > 50 }, "\(account)")
    #expect(account.byConnection > 30 && account.byTemplate > 50, "\(account)")
  }

  private func note(_ said: PacketExplanation, _ account: inout Account) {
    account.seen[said.answer.certainty, default: 0] += 1
    guard let last = said.steps.last, last.result == .found else { return }
    if last.name == .connection { account.byConnection += 1 }
    if last.name == .template { account.byTemplate += 1 }
  }

  private func expect(_ said: PacketExplanation, _ done: (address: UInt128, port: UInt16?)?) {
    guard let done else {
      #expect(said.answer.certainty == .none || said.answer.mayBeNone, "\(said)")
      return
    }
    let isNamed = said.answer.candidates.contains { candidate in
      candidate.endpoint.address == .v4(IPv4Address(UInt32(done.address)))
        && (done.port == nil || candidate.endpoint.port == done.port)
    }
    #expect(isNamed, "\(done): \(said)")
    if said.answer.certainty == .certain || said.answer.certainty == .now {
      #expect(said.answer.candidates.count == 1 && !said.answer.mayBeNone)
    }
  }
}
