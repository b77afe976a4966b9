// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSDevices

/// Rules of other programs at the priority of the rule for local addresses.
@Suite struct FamilyRoutingTests {
  private static let local = RoutingRule(0, 2, .lookUp(table: 255))

  /// A rule of another program, as a list of rules shows it.
  private static func foreign(_ mark: UInt32, priority: UInt32 = 0) -> RoutingRule {
    var rule = RoutingRule(priority, 3, .lookUp(table: 100))
    rule.mark = mark
    return rule.kept(as: rule.message(.ipv4).span.bytes)
  }

  private func plan(_ ports: [UInt16]) -> [RoutingRule] {
    let flows = ports.map {
      InterceptedFlow(.service, IPAddress("10.0.0.1")!, transport: 6, port: $0)
    }
    return PolicyRoutingPlan(
      flows, .ipv4, through: "d", isLocal: { _ in true }, local: 0
    ).rules
  }

  private func ordered(_ kernel: Kernel) -> [RoutingRule] {
    kernel.rules.filter { $0.priority == 0 }
  }

  private func change(_ family: inout FamilyRouting, _ kernel: inout Kernel, _ plan: [RoutingRule])
  {
    kernel.take(family.steps(to: plan))
    family.adopt(plan)
  }

  @Test(
    "they keep to their side of it, and are as they were at the end",
    arguments: [
      [foreign(1), local, foreign(2)], [local, foreign(1), foreign(2)],
      [foreign(1), foreign(2), local], [local],
    ])
  func sides(_ found: [RoutingRule]) throws {
    let position = try #require(found.firstIndex(of: Self.local))
    let (before, behind) = (found[..<position], found[(position + 1)...])
    var kernel = Kernel(found)
    var family = FamilyRouting(kernel.rules)
    family.note(kernel.rules)
    for ports in [[], [80], [22, 80], [443]] as [[UInt16]] {
      let rules = plan(ports)
      change(&family, &kernel, rules)
      #expect(ordered(kernel) == before + rules.filter { $0.priority == 0 } + behind)
      family.note(kernel.rules)
      #expect(family.steps(to: rules).isEmpty)
    }
    change(&family, &kernel, [family.local])
    #expect(kernel.rules == found)
  }

  @Test("one that is added meanwhile stays behind it, also where the list is not read in between")
  func added() {
    var kernel = Kernel([Self.local])
    var family = FamilyRouting(kernel.rules)
    family.note(kernel.rules)
    change(&family, &kernel, plan([80]))
    kernel.take([.add(Self.foreign(7))])
    change(&family, &kernel, plan([80, 81]))
    family.note(kernel.rules)
    change(&family, &kernel, plan([80, 81]))
    #expect(ordered(kernel).last == Self.foreign(7))
    #expect(ordered(kernel).dropLast().last == Self.local)
  }

  @Test("one that its owner deletes is neither missed nor made again")
  func deleted() {
    var kernel = Kernel([Self.local, Self.foreign(7)])
    var family = FamilyRouting(kernel.rules)
    family.note(kernel.rules)
    change(&family, &kernel, plan([80]))
    kernel.take([.delete(Self.foreign(7))])
    let former = family
    family.note(kernel.rules)
    #expect(!family.isMissingRules(of: former))
    change(&family, &kernel, plan([80, 81]))
    #expect(!kernel.rules.contains(Self.foreign(7)))
    kernel.take([.delete(Self.local)])
    let whole = family
    family.note(kernel.rules)
    #expect(family.isMissingRules(of: whole))
  }

  @Test("with a priority of its own, the rule for local addresses has no foreign ones to move")
  func otherPriority() {
    let local = RoutingRule(32_765, 2, .lookUp(table: 255))
    let all = [Self.foreign(1), Self.foreign(2, priority: 32_765), local]
    var family = FamilyRouting(all)
    family.note(all)
    #expect(family.rules == [local])
  }

  @Test("the message that makes a rule again is the kernel's, with no flag but the inversion")
  func message() {
    var body = RoutingRule(0, 3, .lookUp(table: 100)).message(.ipv4)
    body[8] = 0x0e
    let rule = RoutingRule(0, 3, .lookUp(table: 100)).kept(as: body.span.bytes)
    body[8] = 0x02
    #expect(rule.message(.ipv4) == body)
  }
}
