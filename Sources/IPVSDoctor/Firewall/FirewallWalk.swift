// SPDX-License-Identifier: Apache-2.0

package import IPVSHost

/// A rule, or the policy of a chain, that decides about a packet.
package struct DecidingRule: Hashable, Sendable {
  /// The chain, without its rules.
  package var chain: FirewallChain

  /// The rule's place in the chain, from 1; nil for the policy.
  package var number: Int?

  /// The number by which nft(8) names the rule.
  package var handle: UInt64?

  /// Whether the packet certainly comes to the rule and meets its conditions.
  package var isCertain: Bool

  /// Whether the rule asks for the packet's destination or for its way out, and the packet has
  /// them.
  package var namesDestination = false
}

extension DecidingRule: CustomStringConvertible {
  /// `rule 3 (handle 12) in chain input of the nft table inet filter`, or `the policy of chain
  /// ...`.
  package var description: String {
    guard let number else { return "the policy of \(chain)" }
    let named = handle.map { " (handle \($0))" } ?? ""
    return "rule \(number)\(named) in \(chain)"
  }
}

/// What may become of a packet at hooks of a firewall.
package struct FirewallOutcome: Sendable {
  /// The rules that may drop it, at most `mostRules` of them.
  package internal(set) var droppedBy: [DecidingRule] = []

  /// The rules that may give it another source, at most `mostRules` of them.
  package internal(set) var translatedBy: [DecidingRule] = []

  /// Whether it may be dropped.
  package internal(set) var mayDrop = false

  /// Kinds of conditions and verdicts that were met and are not judged.
  package internal(set) var unknown: Set<String> = []

  /// The packet where it passes, with its marks; nil if it cannot pass.
  package internal(set) var passed: AbstractPacket?

  /// How many rules were looked at.
  package internal(set) var seenRules = 0

  /// The most rules that are named.
  package static let mostRules = 5

  /// Whether it is certainly dropped.
  package var isDropped: Bool { passed == nil }

  /// Whether it certainly passes.
  package var isPassed: Bool { passed != nil && !mayDrop }
}

/// Walks a packet of which a part is known through a firewall, with all that may become of it.
///
/// What the walk says is certain: a packet of which it says that it is dropped is dropped, and one
/// that passes passes. Where it cannot tell, both are possible.
package struct FirewallWalk {
  /// Jumps into jumps beyond this depth are not followed; the kernel follows 16.
  private static let mostJumps = 64

  /// The rules that a walk looks at, before it gives up. Chains that many rules jump to are looked
  /// at often.
  private static let mostRules = 1 << 20

  private let firewall: Firewall
  private var outcome = FirewallOutcome()

  private init(_ firewall: Firewall) {
    self.firewall = firewall
  }

  /// Which chains of a hook are walked.
  package struct Stage: Hashable, Sendable {
    /// The hook.
    package var hook: FirewallHook

    /// Chains of this priority and later ones are left out: the packet is gone before.
    package var before: Int32

    /// A hook, up to a priority.
    package init(_ hook: FirewallHook, before: Int32 = .max) {
      (self.hook, self.before) = (hook, before)
    }
  }

  /// Walks a packet through hooks.
  ///
  /// - Parameters:
  ///   - packet: What is known of the packet.
  ///   - stages: The hooks in the order in which it passes them.
  ///   - firewall: The rules.
  ///   - isCertain: False if the packet may not come so far.
  /// - Returns: All that may become of it.
  package static func outcome(
    of packet: AbstractPacket, at stages: [Stage], in firewall: Firewall, isCertain: Bool = true
  ) -> FirewallOutcome {
    var walk = FirewallWalk(firewall)
    var current: State? = State(packet: packet, isCertain: isCertain)
    for stage in stages {
      for chain in firewall.chains(at: stage.hook) {
        guard let base = firewall.chains[chain].base, base.priority < stage.before,
          let state = current
        else { continue }
        current = walk.base(chain, base, state)
      }
    }
    walk.outcome.passed = current?.packet
    return walk.outcome
  }

  /// A packet at a rule, and whether all packets come there.
  private struct State {
    var packet: AbstractPacket
    var isCertain: Bool

    func joined(_ other: State?) -> State {
      guard let other else { return self }
      return State(packet: packet.joined(other.packet), isCertain: isCertain || other.isCertain)
    }

    /// Behind a rule that no packet has left otherwise: as certain as before it.
    func rejoined(_ one: State, _ other: State?) -> State {
      State(packet: one.joined(other).packet, isCertain: isCertain)
    }

    var uncertain: State { State(packet: packet, isCertain: false) }
  }

  /// Where packets go from a chain or a rule, apart from those that are dropped.
  private struct Ways {
    /// Accepted: on with the next base chain.
    var accepted: State?

    /// Back to the chain that jumped here.
    var returned: State?

    /// On with the next rule.
    var next: State?
  }

  private static func joined(_ one: State?, _ other: State?) -> State? {
    one.map { $0.joined(other) } ?? other
  }
}

// Chains.
extension FirewallWalk {
  /// - Returns: The packet behind a base chain.
  private mutating func base(_ number: Int, _ base: ChainBase, _ state: State) -> State? {
    if base.translates {
      // Chains that translate see the first packet of a connection that is tracked.
      let new = IntervalSet(numbers: [ConnectionState.new])
      let states = state.packet[.connectionState] ?? IntervalSet(numbers: ConnectionState.all)
      switch new.holds(states) {
      case .no: return state
      case .maybe: return Self.joined(state.uncertain, behind(number, base, state.uncertain))
      case .yes: break
      }
    }
    return behind(number, base, state)
  }

  private mutating func behind(_ number: Int, _ base: ChainBase, _ state: State) -> State? {
    let ways = chain(number, state, depth: 0)
    guard let atEnd = Self.joined(ways.next, ways.returned) else { return ways.accepted }
    if base.policy == .drop {
      drop(at: Place(chain: number), atEnd)
      return ways.accepted
    }
    return atEnd.joined(ways.accepted)
  }

  private mutating func chain(_ number: Int, _ state: State, depth: Int) -> Ways {
    guard depth < Self.mostJumps else {
      return unknown("jumps deeper than \(Self.mostJumps)", at: Place(chain: number), state)
    }
    var (ways, current): (Ways, State?) = (Ways(), state)
    for rule in firewall.chains[number].rules {
      guard let here = current else { break }
      outcome.seenRules += 1
      guard outcome.seenRules <= Self.mostRules else {
        let given = unknown(
          "more than \(Self.mostRules) rules on the way", at: Place(chain: number), here)
        ways.accepted = Self.joined(ways.accepted, given.accepted)
        ways.next = Self.joined(ways.next, given.next)
        return ways
      }
      let taken = self.rule(rule, in: number, here, depth: depth)
      ways.accepted = Self.joined(ways.accepted, taken.accepted)
      ways.returned = Self.joined(ways.returned, taken.returned)
      current = taken.next
    }
    ways.next = current
    return ways
  }

  private mutating func drop(at place: Place, _ state: State) {
    outcome.mayDrop = true
    guard outcome.droppedBy.count < FirewallOutcome.mostRules else { return }
    let rule = decidingRule(place, state)
    if !outcome.droppedBy.contains(rule) { outcome.droppedBy.append(rule) }
  }

  /// Everything is possible.
  private mutating func unknown(_ kind: String, at place: Place, _ state: State) -> Ways {
    outcome.unknown.insert(kind)
    drop(at: place, state.uncertain)
    return Ways(accepted: state.uncertain, next: state.uncertain)
  }
}

// Rules.
extension FirewallWalk {
  private mutating func rule(
    _ rule: FirewallRule, in chain: Int, _ start: State, depth: Int
  ) -> Ways {
    // `missed`: packets for which a condition did not hold; `here`: those that are still in the
    // rule.
    var (here, missed): (State, State?) = (start, nil)
    for step in rule.steps {
      switch step {
      case .condition(let condition):
        if case .unknown(let kind) = condition { outcome.unknown.insert(kind) }
        switch here.packet.answer(condition) {
        case .yes: continue
        case .no: return Ways(next: start.rejoined(here, missed))
        case .maybe:
          here.isCertain = false
          missed = here.joined(missed)
        }
      case .mark(let value): here.packet.take(value)
      case .untrack: here.packet.set(.connectionState, ConnectionState.untracked)
      case .overwrite(let fields): for field in fields { here.packet[field] = nil }
      default:
        var ways = end(step, at: Place(chain: chain, rule: rule), here, depth: depth)
        ways.next = Self.joined(ways.next, missed)
        return ways
      }
    }
    return Ways(next: start.rejoined(here, missed))
  }

  /// A rule of a chain; its policy where there is no rule.
  private struct Place {
    var chain: Int
    var rule: FirewallRule?
  }

  private func decidingRule(_ place: Place, _ state: State) -> DecidingRule {
    var chain = firewall.chains[place.chain]
    chain.rules = []
    return DecidingRule(
      chain: chain, number: place.rule?.number, handle: place.rule?.handle,
      isCertain: state.isCertain,
      namesDestination: place.rule.map { Self.namesDestination($0, state.packet) } ?? false)
  }

  private static func namesDestination(_ rule: FirewallRule, _ packet: AbstractPacket) -> Bool {
    rule.steps.contains { step in
      guard case .condition(let condition) = step,
        case .member(let operands, _, false) = condition, packet.answer(condition) == .yes
      else { return false }
      return operands.contains {
        [.destination, .destinationPort, .outputName, .outputIndex].contains($0.field)
      }
    }
  }

  /// Takes a step that ends a rule.
  private mutating func end(
    _ step: RuleStep, at place: Place, _ state: State, depth: Int
  ) -> Ways {
    switch step {
    case .verdict(let verdict): return end(verdict, at: place, state, depth: depth)
    case .verdicts(let operands, let rows):
      return end(operands, rows, at: place, state, depth: depth)
    case .translateSource:
      if outcome.translatedBy.count < FirewallOutcome.mostRules {
        outcome.translatedBy.append(decidingRule(place, state))
      }
      return Ways(accepted: state)
    case .translateDestination:
      var translated = state
      for field in [PacketField.destination, .destinationPort] { translated.packet[field] = nil }
      return Ways(accepted: translated)
    case .unknown(let kind): return unknown(kind, at: place, state)
    case .condition, .mark, .untrack, .overwrite: return Ways(next: state)
    }
  }

  private mutating func end(
    _ verdict: FirewallVerdict, at place: Place, _ state: State, depth: Int
  ) -> Ways {
    switch verdict {
    case .accept: return Ways(accepted: state)
    case .drop:
      drop(at: place, state)
      return Ways()
    case .return: return Ways(returned: state)
    case .next: return Ways(next: state)
    case .jump(let number), .goTo(let number):
      guard firewall.chains.indices.contains(number) else {
        return unknown("a chain that is gone", at: place, state)
      }
      let inside = chain(number, state, depth: depth + 1)
      let back = Self.joined(inside.next, inside.returned)
      if case .goTo = verdict { return Ways(accepted: inside.accepted, returned: back) }
      return Ways(accepted: inside.accepted, next: back)
    }
  }

  private mutating func end(
    _ operands: [Operand], _ rows: [VerdictRow], at place: Place, _ state: State, depth: Int
  ) -> Ways {
    var ways = Ways()
    var rest = state
    for row in rows {
      let answer = rest.packet.isMember(operands, of: row.key)
      guard answer != .no else { continue }
      if answer == .maybe { rest = rest.uncertain }
      let taken = end(row.verdict, at: place, rest, depth: depth)
      ways.accepted = Self.joined(ways.accepted, taken.accepted)
      ways.returned = Self.joined(ways.returned, taken.returned)
      ways.next = Self.joined(ways.next, taken.next)
      if answer == .yes { return ways }
    }
    ways.next = Self.joined(ways.next, rest)
    return ways
  }
}
