// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import TestSupport
import Testing

@Suite struct PlanTests {
  @Test("each change of a plan, taken back in reverse, restores the rules before")
  func inverses() throws {
    var random = Seed(for: "Plan.inverses")
    for _ in 0..<RuleSetTests.cases {
      let present = RandomRuleSet.next(using: &random)
      let plan = Plan(from: present, to: RandomRuleSet.next(using: &random))
      for done in 0...plan.changes.count {
        var rules = try present.applying(Array(plan.changes[..<done]))
        for change in plan.changes[..<done].reversed() {
          rules = try rules.applying(change.inverse(in: present))
        }
        #expect(rules == present, "\(done) changes, seed \(random.seed)")
      }
    }
  }

  @Test("the inverse of a plan leads from its result to its beginning")
  func inversePlan() throws {
    var random = Seed(for: "Plan.inverse")
    for _ in 0..<RuleSetTests.cases {
      let plan = Plan(
        from: RandomRuleSet.next(using: &random), to: RandomRuleSet.next(using: &random))
      #expect(try plan.present.applying(plan.changes) == plan.result, "seed \(random.seed)")
      #expect(
        try plan.result.applying(plan.inverse.changes) == plan.present, "seed \(random.seed)")
    }
  }

  @Test("kept weights and kept services stay, and the rest becomes the target")
  func keeping() throws {
    var random = Seed(for: "Plan.keeping")
    for _ in 0..<RuleSetTests.cases {
      let present = RandomRuleSet.next(using: &random)
      let target = RandomRuleSet.next(using: &random)
      let plan = Plan(from: present, to: target, keeping: [.weights, .otherServices])
      let after = try present.applying(plan.changes)
      #expect(plan.result == after, "seed \(random.seed)")
      for service in present.services {
        let identity = service.service.identity
        guard let wanted = target[identity] else {
          #expect(after[identity] == service, "seed \(random.seed)")
          continue
        }
        for server in wanted.servers {
          let weight = service[server.endpoint]?.weight ?? server.weight
          #expect(after.server(server.endpoint, of: identity)?.weight == weight)
        }
      }
    }
  }

  private static let web = ServiceIdentity.endpoint(.tcp, end("10.0.0.1:80"))

  private func rules(weight: Int32, method: ForwardingMethod = .masquerading) -> RuleSet {
    var rules = RuleSet()
    let server = RealServer(
      end("10.1.0.2:8080"), forwarding: method, weight: Weight(weight) ?? .one)
    rules.set(RuleSet.Service(VirtualService(Self.web), servers: [server]))
    return rules
  }

  @Test("a drained server stays without weight, whatever else changes")
  func drained() {
    let name = ServerIdentity(end("10.1.0.2:8080"), of: Self.web)
    let plan = Plan(from: rules(weight: 0), to: rules(weight: 5), drained: [name])
    #expect(plan.isEmpty)
    #expect(plan.stillDrained == [name])
    #expect(!Plan(from: rules(weight: 0), to: rules(weight: 5)).isEmpty)
    // Another program gave it weight again, so that it is not drained any more.
    #expect(!Plan(from: rules(weight: 1), to: rules(weight: 5), drained: [name]).isEmpty)
  }

  @Test("a server that the kernel delivers locally is as it was asked for")
  func local() {
    #expect(Plan(from: rules(weight: 1, method: .local), to: rules(weight: 1)).isEmpty)
    #expect(!Plan(from: rules(weight: 1), to: rules(weight: 1, method: .directRouting)).isEmpty)
  }

  @Test("the netmask counts where the service is persistent")
  func netmask() {
    func rules(persistence: UInt32?, mask: String) -> RuleSet {
      var rules = RuleSet()
      let service = VirtualService(
        Self.web, persistence: persistence, netmask: IPv4Address(mask).map { .ipv4($0) })
      rules.set(RuleSet.Service(service))
      return rules
    }
    func plan(_ persistence: UInt32?) -> Plan {
      Plan(
        from: rules(persistence: persistence, mask: "255.255.255.0"),
        to: rules(persistence: persistence, mask: "255.255.0.0"))
    }
    #expect(plan(nil).isEmpty)
    #expect(plan(60).changes.count == 1)
  }

  @Test("the counts are those of the changes, with the servers of deleted services")
  func counts() {
    let plan = Plan(from: rules(weight: 1), to: RuleSet())
    #expect(plan.counts.servicesDeleted == 1 && plan.counts.serversDeleted == 1)
    #expect(plan.counts.equal == 0)
    let edit = Plan(from: rules(weight: 1), to: rules(weight: 2))
    #expect(edit.counts.serversChanged == 1 && edit.counts.servicesChanged == 0)
    #expect(edit.counts.equal == 1)
  }

  @Test("an edit changes the settings that it names and no other")
  func partialEdits() {
    let server = RealServer(
      end("10.1.0.2:80"), forwarding: .tunneling, tunnel: Tunnel(.gue, port: 6080),
      weight: .one, upperThreshold: 9, lowerThreshold: 3)
    var settings = ServerSettings()
    #expect(server.changing(settings) == server)
    settings.weight = .quiesced
    var expected = server
    expected.weight = .quiesced
    #expect(server.changing(settings) == expected)
    settings.forwarding = .tunneling
    #expect(server.changing(settings) == expected)
    settings.forwarding = .masquerading
    #expect(server.changing(settings).tunnel == Tunnel())
    let service = VirtualService(
      Self.web, scheduler: .weightedRoundRobin, flags: [.scheduler1], persistence: 60)
    var other = ServiceSettings()
    #expect(service.changing(other) == service)
    other.persistence = 90
    #expect(service.changing(other).flags == [.scheduler1])
    other.scheduler = .weightedLeastConnections
    #expect(service.changing(other).flags == [])
  }
}

/// An endpoint by its text; text that is not an endpoint is a mistake in the test.
private func end(_ text: String) -> Endpoint {
  guard let endpoint = Endpoint(text) else { preconditionFailure("no endpoint: \(text)") }
  return endpoint
}
