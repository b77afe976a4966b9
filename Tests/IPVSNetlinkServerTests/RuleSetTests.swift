// SPDX-License-Identifier: Apache-2.0

import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Plans carried out by an engine, through the same requests as by a kernel.
@Suite struct RuleSetTests {
  /// Random rules, with daemons on an interface that `Talk` has.
  private static func rules(using random: inout Seed) throws -> RuleSet {
    let interface = try #require(KernelName("d0", atMost: KernelName.longestInterface))
    var rules = RandomRuleSet.next(using: &random)
    for index in (rules.daemons ?? []).indices { rules.daemons?[index].interface = interface }
    return rules
  }

  @Test("a plan makes the table of an engine any other table, and the plan back restores it")
  func plans() throws {
    var random = Seed(for: "RuleSet on an engine")
    var director = try Director(.transport(TalkTransport(Talk())))
    for _ in 0..<Seed.cases(usually: 50) {
      let before = try director.ruleSet()
      let target = try Self.rules(using: &random)
      #expect(try director.apply(before.changes(to: target)) == [], "seed \(random.seed)")
      let after = try director.ruleSet()
      #expect(after == target, "seed \(random.seed)")
      #expect(after.changes(to: target).isEmpty, "seed \(random.seed)")
      guard Bool.random(using: &random) else { continue }
      #expect(try director.apply(after.changes(to: before)) == [], "seed \(random.seed)")
      #expect(try director.ruleSet() == before, "seed \(random.seed)")
    }
  }

  @Test("rules and the engine refuse the same changes")
  func conflicts() throws {
    var random = Seed(for: "RuleConflict on an engine")
    for _ in 0..<Seed.cases(usually: 50) {
      var director = try Director(.transport(TalkTransport(Talk())))
      var rules = try Self.rules(using: &random)
      #expect(try director.apply(director.ruleSet().changes(to: rules)) == [])
      // A plan from other rules: some of its changes do not fit the table.
      let other = try Self.rules(using: &random)
      for change in other.changes(to: try Self.rules(using: &random)) {
        let isRefused = try !director.apply([change]).isEmpty
        var isConflict = false
        do throws(RuleConflict) { try rules.apply(change) } catch { isConflict = true }
        #expect(isRefused == isConflict, "\(change), seed \(random.seed)")
      }
      #expect(try director.ruleSet() == rules, "seed \(random.seed)")
    }
  }
}
