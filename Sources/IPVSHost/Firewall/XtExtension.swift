// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNetlinkFormat

/// A match or a target of x_tables: in the legacy tables, and as iptables-nft gives it to nftables.
///
/// Layouts are those of include/uapi/linux/netfilter/xt_*.h. One that is not known, or in a
/// revision that is not, is a condition that holds for some packets.
struct XtExtension {
  private let name: String
  private let revision: UInt32
  private let info: [UInt8]
  private let family: AddressFamily

  init(_ name: String, revision: UInt32, _ info: [UInt8], _ family: AddressFamily) {
    (self.name, self.revision) = (name, revision)
    (self.info, self.family) = (info, family)
  }

  private func byte(_ offset: Int) -> UInt8? {
    offset < info.count ? info[offset] : nil
  }

  private func short(_ offset: Int) -> UInt16? {
    info.span.bytes.load(UInt16.self, at: offset)
  }

  private func word(_ offset: Int) -> UInt32? {
    info.span.bytes.load(UInt32.self, at: offset)
  }
}

// Matches.
extension XtExtension {
  /// The steps of a match.
  var matchSteps: [RuleStep] {
    let steps: [RuleStep]? =
      switch (name, revision) {
      case ("comment", _): []
      case ("tcp", 0): tcp
      case ("udp", 0): udp
      case ("multiport", 1): multiport
      case ("conntrack", 1...3): conntrack
      case ("state", 0): word(0).map { [Self.state(UInt128($0 & 0x7f), isInverted: false)] }
      case ("mark", 1): mark
      case ("pkttype", 0): packetType
      default: nil
      }
    return steps ?? [.condition(.unknown("match \(name)"))]
  }

  private static func member(
    _ field: PacketField, _ bits: Int, in intervals: [ClosedRange<UInt128>], isInverted: Bool
  ) -> RuleStep {
    .condition(
      .member(
        [Operand(field, bits: bits)], of: .column(IntervalSet(intervals)), isInverted: isInverted))
  }

  /// The two ports of an interval at an offset.
  private func ports(_ field: PacketField, at offset: Int, isInverted: Bool) -> RuleStep? {
    guard let first = short(offset), let last = short(offset + 2) else { return nil }
    return Self.member(
      field, 16, in: first <= last ? [UInt128(first)...UInt128(last)] : [], isInverted: isInverted)
  }

  /// `struct xt_tcp`.
  private var tcp: [RuleStep]? {
    guard let option = byte(8), let mask = byte(9), let wanted = byte(10), let inverted = byte(11),
      let source = ports(.sourcePort, at: 0, isInverted: inverted & 1 != 0),
      let destination = ports(.destinationPort, at: 4, isInverted: inverted & 2 != 0)
    else { return nil }
    var steps = [source, destination]
    if mask != 0 {
      let flags = Operand(.tcpFlags, bits: 8).masked(UInt128(mask))
      steps.append(
        .condition(
          .member(
            [flags], of: .column(IntervalSet(numbers: [UInt128(wanted)])),
            isInverted: inverted & 4 != 0)))
    }
    if option != 0 { steps.append(.condition(.unknown("match tcp with an option"))) }
    return steps
  }

  /// `struct xt_udp`.
  private var udp: [RuleStep]? {
    guard let inverted = byte(8),
      let source = ports(.sourcePort, at: 0, isInverted: inverted & 1 != 0),
      let destination = ports(.destinationPort, at: 4, isInverted: inverted & 2 != 0)
    else { return nil }
    return [source, destination]
  }

  /// `struct xt_multiport_v1`: ports, of which some begin an interval that the next one ends.
  private var multiport: [RuleStep]? {
    let most = 15
    guard let which = byte(0), let count = byte(1), count <= most, let inverted = byte(47) else {
      return nil
    }
    var (intervals, index): ([ClosedRange<UInt128>], Int) = ([], 0)
    while index < count {
      guard let first = short(2 + 2 * index), let begins = byte(32 + index) else { return nil }
      if begins != 0 { index += 1 }
      guard index < count, let last = short(2 + 2 * index) else { return nil }
      if first <= last { intervals.append(UInt128(first)...UInt128(last)) }
      index += 1
    }
    let all: ClosedRange<UInt128> = 0...0xffff
    let rows: [[ClosedRange<UInt128>]] =
      switch which {
      case 0: intervals.map { [$0, all] }
      case 1: intervals.map { [all, $0] }
      default: intervals.flatMap { [[$0, all], [all, $0]] }
      }
    let operands = [Operand(.sourcePort, bits: 16), Operand(.destinationPort, bits: 16)]
    return [.condition(.member(operands, of: .rows(rows), isInverted: inverted != 0))]
  }

  /// `struct xt_conntrack_mtinfo1` to `3`, where they ask for nothing but the state.
  private var conntrack: [RuleStep]? {
    let (state, alias, untracked): (UInt16, UInt16, UInt16) = (1, 1 << 13, 1 << 8)
    let mask = revision == 1 ? byte(150).map(UInt16.init) : short(150)
    guard let flags = short(146), let inverted = short(148), let mask, flags & ~alias == state
    else {
      return nil
    }
    var states = UInt128(mask & 0x0f)
    if mask & untracked != 0 { states |= ConnectionState.untracked }
    let isNetworkTranslated = mask & 0xc0 != 0
    if isNetworkTranslated { return nil }
    return [Self.state(states, isInverted: inverted & state != 0)]
  }

  private static func state(_ states: UInt128, isInverted: Bool) -> RuleStep {
    member(
      .connectionState, 32,
      in: ConnectionState.all.filter { $0 & states != 0 }.map { $0...$0 }, isInverted: isInverted)
  }

  /// `struct xt_mark_mtinfo1`.
  private var mark: [RuleStep]? {
    guard let wanted = word(0), let mask = word(4), let inverted = byte(8) else { return nil }
    return [
      .condition(
        .member(
          [Operand(.mark, bits: 32).masked(UInt128(mask))],
          of: .column(IntervalSet(numbers: [UInt128(wanted)])), isInverted: inverted != 0))
    ]
  }

  /// `struct xt_pkttype_info`.
  private var packetType: [RuleStep]? {
    guard let type = word(0), let inverted = word(4), type <= 0xff else { return nil }
    return [
      Self.member(.packetType, 8, in: [UInt128(type)...UInt128(type)], isInverted: inverted != 0)
    ]
  }
}

// Targets.
extension XtExtension {
  /// Targets that leave the packet as far as this model goes, and go on with the next rule.
  private static let idle: Set<String> = [
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "DSCP", "HL", "IDLETIMER", "LED", "LOG",
    "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TRACE", "TTL",
    "ULOG",
  ]

  /// The steps of a target.
  var targetSteps: [RuleStep] {
    if Self.idle.contains(name) { return [] }
    let steps: [RuleStep]? =
      switch (name, revision) {
      case ("MARK", 2): setMark
      case ("CONNMARK", 1...2): restoreMark
      case ("HMARK", _): [.mark(.unknown("target HMARK"))]
      case ("CT", _): word(0).map { $0 & 1 != 0 ? [.untrack] : [] }
      case ("NOTRACK", _): [.untrack]
      case ("REJECT", _): [.verdict(.drop)]
      case ("MASQUERADE", _), ("SNAT", _): [.translateSource]
      case ("DNAT", _), ("REDIRECT", _): [.translateDestination]
      default: nil
      }
    return steps ?? [.unknown("target \(name)")]
  }

  /// `struct xt_mark_tginfo2`.
  private var setMark: [RuleStep]? {
    guard let mark = word(0), let mask = word(4) else { return nil }
    if mask == .max { return [.mark(.oneOf(IntervalSet(numbers: [UInt128(mark)])))] }
    let kept = Operand(.mark, bits: 32).masked(UInt128(~mask), flipping: UInt128(mark))
    return [.mark(.operand(kept))]
  }

  /// `struct xt_connmark_tginfo1` and `2`: the mode is behind three numbers, and in the second
  /// behind a shift as well.
  private var restoreMark: [RuleStep]? {
    let restore: UInt8 = 2
    guard let mode = byte(revision == 1 ? 12 : 14) else { return nil }
    return mode == restore ? [.mark(.unknown("the mark of the connection"))] : []
  }
}
