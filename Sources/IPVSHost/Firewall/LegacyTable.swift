// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat

/// The sizes and offsets of a legacy table's entries: `struct ipt_entry` and `struct ip6t_entry`.
struct LegacyLayout {
  /// How many bytes an address takes.
  let address: Int

  /// The offset of the two names of interfaces and the two masks for them, 16 bytes each.
  let interfaces: Int
  let transport: Int
  let flags: Int
  let inverted: Int
  let targetOffset: Int

  /// How many bytes are before the matches.
  let entry: Int

  /// The flag of a rule that goes to a chain without coming back.
  let goTo: UInt8

  static let ipv4 = LegacyLayout(
    address: 4, interfaces: 16, transport: 80, flags: 82, inverted: 83, targetOffset: 88,
    entry: 112,
    goTo: 0x02)
  static let ipv6 = LegacyLayout(
    address: 16, interfaces: 64, transport: 128, flags: 131, inverted: 132, targetOffset: 140,
    entry: 168, goTo: 0x04)
}

/// What the kernel says of a legacy table before its entries (`struct ipt_getinfo`).
package struct LegacyTableInfo: Hashable, Sendable {
  /// The size of the structure in bytes.
  package static let length = 84

  /// The size of `struct ipt_get_entries` before the entries.
  package static let headerLength = 40

  /// A hook at which the table has a chain.
  struct Hook: Hashable, Sendable {
    var hook: FirewallHook

    /// The offset of the first rule.
    var first: Int

    /// The offset of the policy.
    var policy: Int
  }

  /// How many entries there are: rules, policies, and heads of chains.
  package let count: Int

  /// How many bytes the entries take.
  package let size: Int

  /// The chains of the kernel itself.
  let hooks: [Hook]

  /// Reads the structure; nil if it is too short.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.length else { return nil }
    func word(_ offset: Int) -> Int { Int(bytes.span.bytes.load(UInt32.self, at: offset) ?? 0) }
    let (valid, firsts, policies) = (word(32), 36, 56)
    hooks = FirewallHook.allCases.compactMap { hook in
      let number = Int(hook.rawValue)
      guard valid >> number & 1 != 0 else { return nil }
      return Hook(
        hook: hook, first: word(firsts + 4 * number), policy: word(policies + 4 * number))
    }
    (count, size) = (word(76), word(80))
  }
}

/// Reads the entries of a legacy table as chains.
package struct LegacyTable {
  private let family: AddressFamily
  private let layout: LegacyLayout
  private let name: String
  private let info: LegacyTableInfo
  private let entries: [UInt8]

  /// Takes the bytes of a table.
  ///
  /// - Parameters:
  ///   - name: The table, such as `filter`.
  ///   - family: Whose table it is.
  ///   - info: What the kernel says of the table.
  ///   - entries: What follows the header of `struct ipt_get_entries`.
  package init(_ name: String, _ family: AddressFamily, _ info: LegacyTableInfo, _ entries: [UInt8])
  {
    (self.name, self.family) = (name, family)
    (self.info, self.entries) = (info, entries)
    layout = family == .ipv4 ? .ipv4 : .ipv6
  }

  /// The priorities of a table's chains (`NF_IP_PRI_*`).
  private func priority(_ hook: FirewallHook) -> Int32 {
    switch name {
    case "raw": -300
    case "mangle": -150
    case "nat": hook == .prerouting || hook == .output ? -100 : 100
    case "security": 50
    default: 0
    }
  }

  private static let hookNames: [FirewallHook: String] = [
    .prerouting: "PREROUTING", .input: "INPUT", .forward: "FORWARD", .output: "OUTPUT",
    .postrouting: "POSTROUTING",
  ]

  /// An entry: a rule, a policy, or the head of a chain.
  private struct Entry {
    var offset: Int
    var target: Int
    var end: Int
  }

  /// The chains; nil where the entries are not what `info` says.
  ///
  /// - Returns: Chains whose verdicts count from 0.
  package func chains() -> [FirewallChain]? {
    guard let all = list() else { return nil }
    var starts: [Int: Int] = [:]
    var (chains, ranges): ([FirewallChain], [[Entry]]) = ([], [])
    for known in info.hooks {
      guard let base = base(known.hook, known.policy, all) else { return nil }
      starts[known.first] = chains.count
      chains.append(
        FirewallChain(
          .legacy(family), table: name, name: Self.hookNames[known.hook] ?? "", base: base))
      ranges.append(all.filter { known.first <= $0.offset && $0.offset < known.policy })
    }
    for (index, entry) in all.enumerated() where targetName(entry) == "ERROR" {
      let rest = all[(index + 1)...]
      guard let first = rest.first else { break }
      starts[first.offset] = chains.count
      let label = string(entry.target + 32, 30)
      chains.append(FirewallChain(.legacy(family), table: name, name: label))
      ranges.append(Array(rest.prefix { targetName($0) != "ERROR" }))
    }
    for chain in chains.indices {
      chains[chain].rules = ranges[chain].enumerated().map { index, entry in
        FirewallRule(steps(entry, starts), number: index + 1)
      }
    }
    return chains
  }

  /// All entries in their order; nil where one does not fit.
  private func list() -> [Entry]? {
    var (list, offset): ([Entry], Int) = ([], 0)
    while offset < entries.count {
      guard let target = short(offset + layout.targetOffset),
        let next = short(offset + layout.targetOffset + 2),
        target >= layout.entry, next >= target + 32, offset + next <= entries.count
      else { return nil }
      list.append(Entry(offset: offset, target: offset + target, end: offset + next))
      offset += next
    }
    return list
  }

  private func base(_ hook: FirewallHook, _ policy: Int, _ all: [Entry]) -> ChainBase? {
    guard let entry = all.first(where: { $0.offset == policy }), let verdict = standard(entry)
    else { return nil }
    return ChainBase(
      hook, priority: priority(hook), policy: verdict == Self.drop ? .drop : .accept,
      translates: name == "nat")
  }

  private func short(_ offset: Int) -> Int? {
    entries.span.bytes.load(UInt16.self, at: offset).map { Int($0) }
  }

  private func byte(_ offset: Int) -> UInt8 { offset < entries.count ? entries[offset] : 0 }

  private func string(_ offset: Int, _ length: Int) -> String {
    let end = min(offset + length, entries.count)
    guard offset < end else { return "" }
    return String(decoding: entries[offset..<end].prefix { $0 != 0 }, as: UTF8.self)
  }
}

// Targets.
extension LegacyTable {
  private static let drop: Int32 = -1

  private func targetName(_ entry: Entry) -> String { string(entry.target + 2, 29) }

  /// The number of a standard target, whose name is empty.
  private func standard(_ entry: Entry) -> Int32? {
    guard targetName(entry).isEmpty else { return nil }
    return entries.span.bytes.load(Int32.self, at: entry.target + 32)
  }

  private func target(_ entry: Entry, _ starts: [Int: Int]) -> [RuleStep] {
    guard let number = standard(entry) else {
      let info = Array(entries[min(entry.target + 32, entry.end)..<entry.end])
      return XtExtension(
        targetName(entry), revision: UInt32(byte(entry.target + 31)), info, family
      ).targetSteps
    }
    switch number {
    case Self.drop: return [.verdict(.drop)]
    case -2: return [.verdict(.accept)]
    case -5: return [.verdict(.return)]
    case 0...:
      // A rule without a target jumps to the rule behind it.
      if Int(number) == entry.end { return [] }
      guard let chain = starts[Int(number)] else { return [.unknown("jump")] }
      let isGoTo = byte(entry.offset + layout.flags) & layout.goTo != 0
      return [.verdict(isGoTo ? .goTo(chain) : .jump(chain))]
    default: return [.unknown("target QUEUE")]
    }
  }

  private func steps(_ entry: Entry, _ starts: [Int: Int]) -> [RuleStep] {
    header(entry) + matches(entry) + target(entry, starts)
  }

  private func matches(_ entry: Entry) -> [RuleStep] {
    var (steps, offset): ([RuleStep], Int) = ([], entry.offset + layout.entry)
    while offset < entry.target {
      guard let size = short(offset), size >= 32, offset + size <= entry.target else {
        return steps + [.condition(.unknown("match"))]
      }
      let info = Array(entries[offset + 32..<offset + size])
      steps +=
        XtExtension(
          string(offset + 2, 29), revision: UInt32(byte(offset + 31)), info, family
        ).matchSteps
      offset += size
    }
    return steps
  }
}

// The conditions before the matches (`struct ipt_ip`, `struct ip6t_ip6`).
extension LegacyTable {
  private enum Inverted {
    static let input: UInt8 = 0x01
    static let output: UInt8 = 0x02
    static let source: UInt8 = 0x08
    static let destination: UInt8 = 0x10
    static let fragment: UInt8 = 0x20
    static let transport: UInt8 = 0x40
  }

  private func number(_ offset: Int, _ length: Int) -> UInt128 {
    offset + length <= entries.count ? entries[offset..<offset + length].networkNumber : 0
  }

  private func header(_ entry: Entry) -> [RuleStep] {
    let start = entry.offset
    let inverted = byte(start + layout.inverted)
    let size = layout.address
    let names = start + layout.interfaces
    let masked = [
      (PacketField.source, start, start + 2 * size, size, Inverted.source),
      (.destination, start + size, start + 3 * size, size, Inverted.destination),
      (.inputName, names, names + 32, 16, Inverted.input),
      (.outputName, names + 16, names + 48, 16, Inverted.output),
    ].compactMap { field, value, mask, length, flag in
      condition(
        field, number(value, length), number(mask, length), 8 * length, inverted & flag != 0)
    }
    return masked + transport(start, inverted) + fragment(start, inverted)
      + unknown(start, inverted)
  }

  private func condition(
    _ field: PacketField, _ value: UInt128, _ mask: UInt128, _ bits: Int, _ isInverted: Bool
  ) -> RuleStep? {
    guard mask != 0 || isInverted else { return nil }
    return .condition(
      .member(
        [Operand(field, bits: bits).masked(mask)],
        of: .column(IntervalSet(numbers: [value & mask])), isInverted: isInverted))
  }

  private func transport(_ start: Int, _ inverted: UInt8) -> [RuleStep] {
    let number = UInt128(short(start + layout.transport) ?? 0)
    // In IPv6 a flag says whether the number counts.
    let isAsked =
      family == .ipv4 ? number != 0 : byte(start + layout.flags) & 0x01 != 0
    guard isAsked else { return [] }
    return [
      .condition(
        .member(
          [Operand(.transport, bits: 8)], of: .column(IntervalSet(numbers: [number])),
          isInverted: inverted & Inverted.transport != 0))
    ]
  }

  /// The second and later fragments of a packet (`-f`), in IPv4.
  private func fragment(_ start: Int, _ inverted: UInt8) -> [RuleStep] {
    guard family == .ipv4, byte(start + layout.flags) & 0x01 != 0 else { return [] }
    return [
      .condition(
        .member(
          [Operand(.fragment, bits: 16).masked(0x1fff)],
          of: .column(IntervalSet([1...0x1fff])), isInverted: inverted & Inverted.fragment != 0))
    ]
  }

  /// The class of traffic, in IPv6.
  private func unknown(_ start: Int, _ inverted: UInt8) -> [RuleStep] {
    guard family == .ipv6, byte(start + layout.flags) & 0x02 != 0 else { return [] }
    return [.condition(.unknown("the class of traffic"))]
  }
}
