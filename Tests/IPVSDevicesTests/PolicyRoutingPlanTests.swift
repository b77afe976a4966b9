// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSDevices

/// Which rules and routes lead packets of services through a device.
@Suite struct PolicyRoutingPlanTests {
  private func plan(
    _ flows: [InterceptedFlow], _ family: AddressFamily = .ipv4, local: UInt32 = 0,
    isLocal: (IPAddress) -> Bool = { _ in true }
  ) -> PolicyRoutingPlan {
    PolicyRoutingPlan(flows, family, through: "d", isLocal: isLocal, local: local)
  }

  private func flow(
    _ end: InterceptedFlow.End, _ address: String, _ transport: UInt8, _ port: UInt16
  ) throws -> InterceptedFlow {
    InterceptedFlow(end, try #require(IPAddress(address)), transport: transport, port: port)
  }

  /// The rules that the plan adds for flows to those that are always there.
  private func lines(_ flows: [InterceptedFlow], _ family: AddressFamily = .ipv4) -> [String] {
    let always = Set(plan([], family).rules)
    return plan(flows, family).rules.filter { !always.contains($0) }.map(\.line)
  }

  @Test("without a service, rules for packets from the device and the rule for local addresses")
  func frame() {
    #expect(
      plan([]).rules.map(\.line) == [
        "0 iif d lookup 255", "0 iif d goto 7", "0 lookup 255 by 2", "1 goto 7", "2 nop", "3 nop",
        "5 nop", "6 lookup 255", "7 nop",
      ])
    #expect(plan([]).routes == [DeviceRoute(destination: nil, table: 20_407)])
  }

  @Test("a rule for local addresses with a priority of its own stays there, behind all of ours")
  func localPriority() {
    #expect(
      plan([], local: 32_765).rules.map(\.line) == [
        "32757 iif d lookup 255", "32757 iif d goto 32764", "32758 goto 32764", "32759 nop",
        "32760 nop", "32762 nop", "32763 lookup 255", "32764 nop", "32765 lookup 255 by 2",
      ])
  }

  @Test("ports of a service, of a server, and fragments without ports")
  func ports() throws {
    let flows = [
      try flow(.service, "10.0.0.1", 6, 80), try flow(.service, "10.0.0.1", 6, 443),
      try flow(.server, "10.1.0.2", 6, 8080),
    ]
    #expect(
      lines(flows) == [
        "0 proto 6 dport 80-80 lookup 20406", "0 proto 6 dport 443-443 lookup 20406",
        "0 proto 6 sport 8080-8080 goto 3", "0 proto 6 dport 1-65534 lookup 255",
        "0 proto 6 lookup 20406 by 205", "0 proto 6 goto 2 by 205",
        "2 proto 6 sport 1-65534 goto 7",
        "0 proto 1 lookup 20406 by 205", "0 proto 1 lookup 255 by 205", "0 proto 1 goto 3 by 205",
        "5 from 10.1.0.2 lookup 20407",
      ])
  }

  @Test("only local addresses of services are led to the device")
  func localServices() throws {
    let (own, other) = ("10.0.0.1", "10.0.0.2")
    let flows = [
      try flow(.service, own, 6, 80), try flow(.service, other, 6, 80),
      try flow(.virtualSource, own, 6, 80), try flow(.virtualSource, other, 6, 80),
    ]
    let plan = plan(flows) { $0 == IPAddress("10.0.0.1") }
    let services = plan.routes.filter { $0.table == 20_406 }
    #expect(services == [DeviceRoute(destination: IPAddress(own), table: 20_406)])
    #expect(plan.rules.filter { $0.source != nil }.map(\.line) == ["4 from 10.0.0.1 lookup 20407"])
  }

  @Test(
    "packets from a virtual address through a network, but not from this machine, pass the device")
  func virtualSources() throws {
    let flows = [
      try flow(.service, "10.0.0.1", 6, 80), try flow(.virtualSource, "10.0.0.1", 6, 80),
    ]
    let rules = lines(flows)
    #expect(rules.contains("0 proto 6 sport 80-80 goto 3"))
    #expect(rules.contains("3 iif lo goto 5"))
    #expect(rules.contains("4 from 10.0.0.1 lookup 20407"))
  }

  @Test("IPv6 does not ask whether a source address is local")
  func virtualSources6() throws {
    let flows = [try flow(.service, "fd00::1", 6, 80), try flow(.virtualSource, "fd00::1", 6, 80)]
    #expect(!lines(flows, .ipv6).contains { $0.contains("from") })
  }

  @Test(
    "ports that cannot be told, or are too many to be",
    arguments: [[0, 80], [65535], Array(1...33)])
  func everyPort(_ ports: [UInt16]) throws {
    let services = try ports.map { try flow(.service, "10.0.0.1", 6, $0) }
    #expect(
      lines(services) == ["0 proto 6 lookup 20406 by 205", "0 proto 1 lookup 20406 by 205"])
    let servers = try ports.map { try flow(.server, "10.1.0.2", 6, $0) }
    #expect(
      lines([try flow(.service, "10.0.0.1", 6, 80)] + servers) == [
        "0 proto 6 dport 80-80 lookup 20406", "0 proto 6 dport 1-65534 goto 3",
        "0 proto 6 lookup 20406 by 205", "0 proto 6 goto 3 by 205",
        "0 proto 1 lookup 20406 by 205", "0 proto 1 lookup 255 by 205", "0 proto 1 goto 3 by 205",
        "5 from 10.1.0.2 lookup 20407",
      ])
  }

  @Test("IPsec goes where the key exchange goes")
  func keyExchange() throws {
    let rules = lines([try flow(.service, "10.0.0.1", 17, 500)])
    #expect(rules.contains("0 proto 50 lookup 20406 by 205"))
    #expect(rules.contains("0 proto 51 lookup 20406 by 205"))
    let others = lines([try flow(.service, "10.0.0.1", 6, 500)])
    #expect(!others.contains { $0.contains("proto 50") })
  }

  @Test("of ICMPv6 only what passes the machine: neighbours find each other by the rest")
  func neighbours() throws {
    let rules = lines(
      [try flow(.service, "fd00::1", 17, 53), try flow(.server, "fd00::2", 17, 53)], .ipv6
    ).filter { $0.contains("proto 58") }
    #expect(rules == ["0 proto 58 lookup 255 by 205", "0 proto 58 goto 3 by 205"])
  }

  @Test("every jump leads forward, to a rule that is always there", arguments: [0, 5, 100, 32_765])
  func jumps(_ local: UInt32) throws {
    let flows = [
      try flow(.service, "10.0.0.1", 6, 80), try flow(.server, "10.1.0.2", 6, 80),
      try flow(.virtualSource, "10.0.0.1", 6, 80),
    ]
    let always = Set(plan([], local: local).rules.map(\.priority))
    for rule in plan(flows, local: local).rules {
      guard case .jump(let target) = rule.action else { continue }
      #expect(target > rule.priority && always.contains(target), "\(rule.line)")
    }
  }

  @Test("rules that the kernel could take for another one when it deletes them have another maker")
  func deletions() throws {
    let flows = [
      try flow(.service, "10.0.0.1", 6, 80), try flow(.service, "10.0.0.1", 17, 500),
      try flow(.server, "10.1.0.2", 6, 80), try flow(.server, "10.1.0.3", 17, 0),
      try flow(.virtualSource, "10.0.0.1", 6, 80),
    ]
    let rules = plan(flows).rules
    for (index, rule) in rules.enumerated() {
      #expect(rules.firstIndex { Kernel.deletes($0, for: rule) } == index, "\(rule.line)")
    }
  }
}

/// The order in which rules are added and deleted.
@Suite struct RuleStepTests {
  private func plan(_ ports: [UInt16], _ servers: [String], local: UInt32) -> [RoutingRule] {
    let service = ports.map {
      InterceptedFlow(.service, IPAddress("10.0.0.1")!, transport: 6, port: $0)
    }
    let servers = servers.map {
      InterceptedFlow(.server, IPAddress($0)!, transport: 6, port: 8080)
    }
    return PolicyRoutingPlan(
      service + servers, .ipv4, through: "d", isLocal: { _ in true }, local: local
    ).rules
  }

  /// The plans of a service that changes, of a machine before and after.
  private func plans(_ local: RoutingRule) -> [[RoutingRule]] {
    [
      [local], plan([], [], local: local.priority), plan([80], ["10.1.0.2"], local: local.priority),
      plan([22, 80], ["10.1.0.1", "10.1.0.2"], local: local.priority),
      plan(Array(1...40), ["10.1.0.1"], local: local.priority), [local],
    ]
  }

  @Test(
    "no step leaves the machine without a rule for local addresses",
    arguments: [UInt32(0), 3, 100, 32_765], [UInt8(2), 3, 0])
  func localAddresses(_ priority: UInt32, _ maker: UInt8) {
    let local = RoutingRule(priority, maker, .lookUp(table: 255))
    var kernel = Kernel([local])
    for wanted in plans(local) {
      let first = PolicyRoutingPlan.first(before: priority)
      for step in RuleStep.steps(from: kernel.rules, to: wanted, ordered: first) {
        let isDone = kernel.take(step)
        #expect(isDone)
        #expect(kernel.rules.contains { $0.isLocalLookup && $0.priority == priority })
      }
      #expect(Set(kernel.rules) == Set(wanted) && kernel.rules.count == wanted.count)
      #expect(
        kernel.rules.filter { $0.priority == first } == wanted.filter { $0.priority == first })
    }
  }

  @Test("after any rules were deleted, the steps restore all of them in their order")
  func losses() {
    let wanted = plan([80, 443], ["10.1.0.2", "10.1.0.3"], local: 0)
    for lost in wanted.indices {
      var kernel = Kernel(wanted)
      kernel.rules.remove(at: lost)
      kernel.take(RuleStep.steps(from: kernel.rules, to: wanted, ordered: 0))
      #expect(kernel.rules.filter { $0.priority == 0 } == wanted.filter { $0.priority == 0 })
      #expect(Set(kernel.rules) == Set(wanted))
    }
  }

  @Test("a rule for local addresses before ours, or twice, is put behind them")
  func order() {
    let wanted = plan([80], ["10.1.0.2"], local: 0)
    let local = RoutingRule(0, 2, .lookUp(table: 255))
    for present in [[local] + wanted, wanted + [local], [local, local], wanted + wanted] {
      var kernel = Kernel(present)
      kernel.take(RuleStep.steps(from: kernel.rules, to: wanted, ordered: 0))
      #expect(kernel.rules.filter { $0.priority == 0 } == wanted.filter { $0.priority == 0 })
    }
  }

  @Test("a server more moves only the rules by address")
  func additions() {
    let steps = RuleStep.steps(
      from: plan([80], ["10.1.0.2"], local: 0), to: plan([80], ["10.1.0.2", "10.1.0.3"], local: 0),
      ordered: 0)
    #expect(steps.count == 1)
  }

  @Test("a packet of a service is led to the device during every change")
  func packets() {
    let before = plan([80], ["10.1.0.2"], local: 0)
    for after in [plan([22, 80], ["10.1.0.2"], local: 0), plan([80], [], local: 0)] {
      var kernel = Kernel(before)
      for step in RuleStep.steps(from: before, to: after, ordered: 0) {
        let isDone = kernel.take(step)
        #expect(isDone)
        #expect(kernel.table(transport: 6, destinationPort: 80) == 20_406, "\(step)")
      }
    }
  }
}

/// What the kernel does with requests about rules.
struct Kernel {
  var rules: [RoutingRule]

  init(_ rules: [RoutingRule]) { self.rules = rules.sorted { $0.priority < $1.priority } }

  /// Whether a request to delete a rule names no more than another one has.
  static func deletes(_ rule: RoutingRule, for request: RoutingRule) -> Bool {
    func agrees<Value: Equatable>(_ asked: Value?, _ value: Value?) -> Bool {
      asked == nil || asked == value
    }
    let isSameAction =
      switch (request.action, rule.action) {
      case (.lookUp(let asked), .lookUp(let table)): asked == table
      case (.jump, .jump), (.nothing, .nothing): true
      default: false
      }
    return isSameAction && request.priority == rule.priority
      && (request.maker == 0 || request.maker == rule.maker)
      && (request.transport == 0 || request.transport == rule.transport)
      && (request.mark == 0 || request.mark == rule.mark)
      && agrees(request.device, rule.device) && agrees(request.source, rule.source)
      && agrees(request.sourcePorts, rule.sourcePorts)
      && agrees(request.destinationPorts, rule.destinationPorts)
  }

  mutating func take(_ steps: [RuleStep]) {
    for step in steps {
      let isDone = take(step)
      #expect(isDone)
    }
  }

  /// Whether the request succeeds.
  mutating func take(_ step: RuleStep) -> Bool {
    switch step {
    case .add(let rule):
      rules.insert(
        rule, at: rules.firstIndex { $0.priority > rule.priority } ?? rules.endIndex)
    case .delete(let rule):
      guard let index = rules.firstIndex(where: { Self.deletes($0, for: rule) }) else {
        return false
      }
      rules.remove(at: index)
    }
    return true
  }

  /// The first table of those for the device and for local addresses in which the destination of a
  /// packet from a client is looked up.
  func table(transport: UInt8, destinationPort: UInt16) -> UInt32? {
    var position = 0
    while position < rules.count {
      let rule = rules[position]
      position += 1
      guard rule.device == nil, rule.source == nil, rule.sourcePorts == nil, rule.mark == 0,
        rule.transport == 0 || rule.transport == transport,
        rule.destinationPorts?.contains(destinationPort) ?? true
      else { continue }
      switch rule.action {
      case .lookUp(let table): return table
      case .jump(let target):
        position = rules.firstIndex { $0.priority == target } ?? position
      case .nothing: break
      }
    }
    return nil
  }
}

extension RoutingRule {
  /// The rule in the manner of ip-rule(8).
  var line: String {
    var words = ["\(priority)"]
    if let device { words.append("iif \(device)") }
    if let source { words.append("from \(source)") }
    if transport != 0 { words.append("proto \(transport)") }
    for (word, ports) in [("dport", destinationPorts), ("sport", sourcePorts)] {
      if let ports { words.append("\(word) \(ports.lowerBound)-\(ports.upperBound)") }
    }
    switch action {
    case .lookUp(let table): words.append("lookup \(table)")
    case .jump(let target): words.append("goto \(target)")
    case .nothing: words.append("nop")
    }
    if maker != PolicyRoutingPlan.Maker.engine { words.append("by \(maker)") }
    return words.joined(separator: " ")
  }
}
