// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing

/// Nothing that can happen to a balancer brings its books out of order, and nothing stays for ever.
@Suite struct BalancerFuzzTests {
  private static let stepsPerCase = 4000

  @Test func keepsItsBooksWhateverComes() {
    let seed = Seed(for: "balancer")
    var next = seed
    var verdicts: [String: Int] = [:]
    for _ in 0..<Seed.cases(usually: 4) {
      var director = FuzzedDirector(Seed(derivedFrom: &next))
      for step in 0..<Self.stepsPerCase {
        director.step()
        if step % 200 == 0 { #expect(director.balancer.audit() == [], "seed \(seed.seed)") }
      }
      #expect(director.balancer.audit() == [], "seed \(seed.seed)")
      director.end()
      #expect(director.balancer.connections.count == 0, "seed \(seed.seed)")
      #expect(director.balancer.servers.count == 0, "seed \(seed.seed)")
      verdicts.merge(director.verdicts, uniquingKeysWith: +)
    }
    // All are common, as the generator goes for them: a third of this would tell of a fault in it.
    for verdict in ["pass", "drop", "toServer", "toClient", "refuse"] {
      #expect(verdicts[verdict, default: 0] > 100, "\(verdicts)")
    }
  }
}
