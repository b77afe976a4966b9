// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Plans that are carried out whole or not at all, and pictures that are of one moment.
@Suite struct PlanOnEngineTests {
  private static let cases = Seed.cases(usually: 12)

  /// A plan between random rules that an engine accepts, with every kind of change over many seeds.
  private static func plan(using random: inout Seed) throws -> Plan {
    let interface = try #require(KernelName("d0", atMost: KernelName.longestInterface))
    var sets: [RuleSet] = []
    for _ in 0..<2 {
      var rules = RandomRuleSet.next(using: &random)
      for index in (rules.daemons ?? []).indices { rules.daemons?[index].interface = interface }
      sets.append(rules)
    }
    return Plan(from: sets[0], to: sets[1])
  }

  /// An engine with the rules that a plan starts from.
  private static func engine(for plan: Plan) throws -> Talk {
    let talk = Talk()
    var director = try Director(.transport(TalkTransport(talk)))
    #expect(try director.apply(director.ruleSet().changes(to: plan.present)) == [])
    return talk
  }

  private static func rules(of talk: Talk) throws -> RuleSet {
    var director = try Director(.transport(TalkTransport(talk)))
    return try director.ruleSet()
  }

  /// The changes with faults, by their number from 1 among all that a director sends.
  private typealias Faults = [Int: InjectingTransport.Fault]

  /// Carries out random plans, each with several sets of faults.
  ///
  /// - Parameters:
  ///   - name: What is tried, for the seed.
  ///   - check: Takes the plan, its faults, the outcome, and the rules that the engine has then.
  private static func carryOut(
    _ name: String, with faults: (Plan, inout Seed) -> [Faults],
    checking check: (Plan, Faults, PlanOutcome, RuleSet, Comment) -> Void
  ) throws {
    var random = Seed(for: name)
    for _ in 0..<cases {
      let plan = try plan(using: &random)
      for faults in faults(plan, &random) {
        let talk = try engine(for: plan)
        var director = try Director(.transport(InjectingTransport(talk, faults)))
        let outcome = director.apply(plan)
        check(plan, faults, outcome, try rules(of: talk), "faults \(faults), seed \(random.seed)")
      }
    }
  }

  @Test("where the n-th change is refused, for each n, the table is as before")
  func refusals() throws {
    try Self.carryOut(
      "Plan refused", with: { plan, _ in plan.numbers.map { [$0: .refused] } },
      checking: { plan, faults, outcome, after, comment in
        #expect(after == plan.present, comment)
        guard case .rejected(let rejected) = outcome.failure, case .asBefore = outcome.table else {
          Issue.record("\(outcome): \(comment)")
          return
        }
        #expect(faults.keys.map { plan.changes[$0 - 1] } == [rejected.change], comment)
        #expect(outcome.notTakenBack.isEmpty, comment)
      })
  }

  @Test("where a change is not answered, the table is as before")
  func lostAnswers() throws {
    try Self.carryOut(
      "Plan unanswered", with: { plan, _ in plan.numbers.map { [$0: .unanswered] } },
      checking: { plan, _, outcome, after, comment in
        #expect(after == plan.present, comment)
        guard case .brokenOff? = outcome.failure, case .asBefore = outcome.table else {
          Issue.record("\(outcome): \(comment)")
          return
        }
      })
  }

  @Test("where a change cannot be taken back, the outcome says how the table is")
  func refusalsOfTheWayBack() throws {
    try Self.carryOut(
      "Plan refused twice",
      with: { plan, random in
        guard plan.changes.count > 1 else { return [] }
        let number = Int.random(in: 2...plan.changes.count, using: &random)
        return (1..<(number + 3)).map {
          [number: .refused, plan.changes.count + $0: .refused]
        }
      },
      checking: { plan, _, outcome, after, comment in
        switch outcome.table {
        case .asBefore: #expect(after == plan.present, comment)
        case .other(let rules):
          #expect(rules == after && after != plan.present, comment)
          #expect(!outcome.notTakenBack.isEmpty, comment)
        case .asPlanned, .unknown: Issue.record("\(outcome.table): \(comment)")
        }
      })
  }

  @Test("where a change of the way back is not answered, the outcome says how the table is")
  func lostAnswersOfTheWayBack() throws {
    try Self.carryOut(
      "Plan unanswered on the way back",
      with: { plan, _ in
        let last = plan.changes.count
        guard last > 1 else { return [] }
        return (1..<(last + 2)).map { [last: .refused, last + $0: .unanswered] }
      },
      checking: { plan, _, outcome, after, comment in
        switch outcome.table {
        case .asBefore: #expect(after == plan.present, comment)
        case .other(let rules): #expect(rules == after && after != plan.present, comment)
        case .asPlanned, .unknown: Issue.record("\(outcome.table): \(comment)")
        }
      })
  }

  @Test("where the last change is not answered and none taken back, the table is told as planned")
  func nothingTakenBack() throws {
    try Self.carryOut(
      "Plan not taken back",
      with: { plan, _ in
        guard let last = plan.numbers.last else { return [] }
        var faults: Faults = [last: .unanswered]
        for number in last + 1...last + 100 { faults[number] = .refused }
        return [faults]
      },
      checking: { plan, _, outcome, after, comment in
        #expect(after == plan.result, comment)
        guard case .brokenOff? = outcome.failure, case .asPlanned = outcome.table else {
          Issue.record("\(outcome): \(comment)")
          return
        }
        #expect(!outcome.notTakenBack.isEmpty, comment)
      })
  }

  @Test("a plan that was broken off at any point is completed by a second plan")
  func convergence() throws {
    var random = Seed(for: "Plan broken off")
    for _ in 0..<Self.cases {
      let plan = try Self.plan(using: &random)
      for done in 0...plan.changes.count {
        let talk = try Self.engine(for: plan)
        var director = try Director(.transport(TalkTransport(talk)))
        #expect(try director.apply(Array(plan.changes[..<done])) == [])
        let outcome = director.apply(
          Plan(from: try director.picture().rules, to: plan.result))
        #expect(outcome.failure == nil, "seed \(random.seed)")
        #expect(try director.ruleSet() == plan.result, "seed \(random.seed)")
      }
    }
  }

  @Test("a change that another program makes meanwhile is told")
  func rival() throws {
    let talk = Talk()
    var rival = try Director(.transport(TalkTransport(talk)))
    let transport = InjectingTransport(talk)
    var director = try Director(.transport(transport))
    let plan = Plan(
      from: try director.picture().rules, to: RuleSet(timeouts: Timeouts(tcp: 1, tcpFin: 2, udp: 3))
    )
    let other = VirtualService(.mark(9, .ipv4))
    var isDone = false
    transport.beforeDatagram = {
      guard !isDone else { return }
      isDone = true
      try? rival.apply(.addService(other))
    }
    let outcome = director.apply(plan)
    guard outcome.failure == nil, case .other(let rules) = outcome.table else {
      Issue.record("not told: \(outcome)")
      return
    }
    #expect(rules.services == [RuleSet.Service(other)])
  }

  @Test(
    "a table that changes all the time gives no picture, and one that comes to rest does",
    arguments: [true, false])
  func pictures(ofEngineThatCounts counts: Bool) throws {
    for changes in [1, 3, 1_000_000] {
      let talk = Talk()
      var rival = try Director(.transport(TalkTransport(talk)))
      for mark in 1...3 { try rival.apply(.addService(VirtualService(.mark(UInt32(mark), .ipv4)))) }
      let transport = InjectingTransport(talk, counts: counts)
      var director = try Director(.transport(transport))
      var left = changes
      transport.beforeDatagram = {
        guard left > 0 else { return }
        let service = VirtualService(
          .mark(UInt32(left % 3 + 1), .ipv4), persistence: UInt32(left % 2 + 1))
        left -= 1
        try? rival.apply(.editService(service))
      }
      do throws(DirectorError) {
        let picture = try director.picture()
        #expect(changes < 1000)
        #expect(picture.rules == (try? rival.ruleSet()))
      } catch {
        #expect(changes > 1000)
        #expect(error == .tableChanging(attempts: 8, counts ? .rules : .services))
      }
    }
  }

  @Test(
    "a weight that another program changes while the table is read is in the picture",
    arguments: [true, false])
  func weights(ofEngineThatCounts counts: Bool) throws {
    let identity = ServiceIdentity.mark(1, .ipv4)
    let server = RealServer(try #require(Endpoint("10.0.0.1:80")), forwarding: .masquerading)
    var after = 0
    var isDone = false
    repeat {
      let talk = Talk()
      var rival = try Director(.transport(TalkTransport(talk)))
      try rival.apply(.addService(VirtualService(identity)))
      try rival.apply(.addServer(server, to: identity))
      let transport = InjectingTransport(talk, counts: counts)
      var director = try Director(.transport(transport))
      var left = after
      isDone = false
      transport.beforeDatagram = {
        left -= 1
        guard left < 0, !isDone else { return }
        isDone = true
        var heavy = server
        heavy.weight = .quiesced
        try? rival.apply(.editServer(heavy, of: identity))
      }
      let picture = try director.picture()
      let seen = picture.rules.server(server.endpoint, of: identity)?.weight
      #expect(seen == (isDone ? .quiesced : server.weight), "after \(after) datagrams")
      after += 1
    } while isDone
  }

  @Test("the table of an engine that counts its changes is read once, that of another one twice")
  func readings() throws {
    for (counts, readings) in [(true, 1), (false, 2)] {
      let talk = Talk()
      var rival = try Director(.transport(TalkTransport(talk)))
      for mark in 1...3 { try rival.apply(.addService(VirtualService(.mark(UInt32(mark), .ipv4)))) }
      let transport = InjectingTransport(talk, counts: counts)
      var director = try Director(.transport(transport))
      _ = try director.picture()
      #expect(transport.serverDumpCount == 3 * readings)
    }
  }

  @Test("as many changes are sent as rules differ")
  func countedChanges() throws {
    let transport = InjectingTransport(Talk())
    var director = try Director(.transport(transport))
    var rules = RuleSet()
    var changed = RuleSet()
    for mark in UInt32(1)...100 {
      var service = RuleSet.Service(VirtualService(.mark(mark, .ipv4)))
      for host in UInt32(1)...10 {
        let address = IPAddress.v4(IPv4Address(0x0a00_0000 + host))
        service.servers.append(
          RealServer(Endpoint(address, port: 80), forwarding: .masquerading))
      }
      rules.set(service)
      if mark % 10 == 0 { service.servers[3].weight = .quiesced }
      changed.set(service)
    }
    for (target, count) in [(rules, 1100), (rules, 0), (changed, 10), (rules, 10)] {
      let before = transport.changeCount
      let outcome = director.apply(Plan(from: try director.picture().rules, to: target))
      #expect(outcome.failure == nil)
      #expect(transport.changeCount - before == count)
    }
  }
}

extension Plan {
  /// The numbers of its changes, from 1.
  fileprivate var numbers: [Int] { changes.indices.map { $0 + 1 } }
}
