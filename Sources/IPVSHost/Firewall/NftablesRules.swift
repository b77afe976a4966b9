// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNetlinkFormat

extension NftablesDump {
  /// The chains that packets of a family meet; those of dormant tables are left out.
  ///
  /// - Parameter family: The family of the packets.
  /// - Returns: Chains whose verdicts count from 0.
  /// - Throws: An error of the format.
  func chains(for family: AddressFamily) throws(NetlinkFormatError) -> [FirewallChain] {
    let own = family == .ipv4 ? Nftables.Family.ipv4 : Nftables.Family.ipv6
    let dormant = tables.filter { $0.flags & Nftables.TableAttribute.dormant != 0 }.map(\.name)
    let present = chains.filter { chain in
      [own, Nftables.Family.inet].contains(chain.table.family) && !dormant.contains(chain.table)
    }
    var numbers: [ChainName: Int] = [:]
    var translated: [FirewallChain] = []
    for chain in present {
      numbers[ChainName(table: chain.table, name: chain.name)] = translated.count
      translated.append(Self.empty(chain))
    }
    for rule in rules {
      let name = ChainName(table: rule.table, name: rule.chain)
      guard let chain = numbers[name] else { continue }
      var translation = NftablesRuleTranslation(family, rule.table, numbers, sets)
      try translation.read(rule.expressions)
      let number = translated[chain].rules.count + 1
      translated[chain].rules.append(
        FirewallRule(translation.steps, number: number, handle: rule.handle))
    }
    return translated
  }

  /// What names a chain.
  struct ChainName: Hashable {
    var table: TableName
    var name: String
  }

  private static func empty(_ chain: Chain) -> FirewallChain {
    var base: ChainBase?
    // Other hooks, such as that of ingress, are before those of IP.
    if let hook = chain.hook, let known = FirewallHook(rawValue: hook.number) {
      base = ChainBase(
        known, priority: hook.priority, policy: chain.policy == NftVerdict.drop ? .drop : .accept,
        translates: chain.type == "nat")
    }
    return FirewallChain(
      .nftables(Nftables.Family.names[chain.table.family] ?? ""), table: chain.table.name,
      name: chain.name, base: base)
  }
}

/// Reads the expressions of one rule as steps: it does with names what the registers of nf_tables
/// do with bytes of a packet.
struct NftablesRuleTranslation {
  private let family: AddressFamily
  private let table: NftablesDump.TableName
  private let chains: [NftablesDump.ChainName: Int]
  private let sets: [NftablesDump.SetName: NftablesDump.Set]
  private var registers = Registers()

  /// What was read.
  private(set) var steps: [RuleStep] = []

  init(
    _ family: AddressFamily, _ table: NftablesDump.TableName,
    _ chains: [NftablesDump.ChainName: Int], _ sets: [NftablesDump.SetName: NftablesDump.Set]
  ) {
    (self.family, self.table) = (family, table)
    (self.chains, self.sets) = (chains, sets)
  }

  /// The attributes of an expression, by number.
  private struct Expression {
    private var values: [UInt16: [UInt8]] = [:]

    init(_ bytes: RawSpan) throws(NetlinkFormatError) {
      var values: [UInt16: [UInt8]] = [:]
      try Attribute.forEach(in: bytes) { (type, value) in values[type] = value.array() }
      self.values = values
    }

    /// A number; nil where it is missing.
    func number(_ type: UInt16) -> UInt32? {
      guard let bytes = values[type], bytes.count >= 4 else { return nil }
      return UInt32(truncatingIfNeeded: bytes.prefix(4).networkNumber)
    }

    func bytes(_ type: UInt16) -> [UInt8]? { values[type] }

    func text(_ type: UInt16) -> String {
      String(decoding: (values[type] ?? []).prefix { $0 != 0 }, as: UTF8.self)
    }

    func data(_ type: UInt16) throws(NetlinkFormatError) -> NftData? {
      guard let bytes = values[type] else { return nil }
      return try NftData(bytes.span.bytes)
    }
  }

  /// Reads `NFTA_RULE_EXPRESSIONS`.
  mutating func read(_ expressions: [UInt8]) throws(NetlinkFormatError) {
    var list: [(name: String, body: Expression)] = []
    try Attribute.forEach(in: expressions.span.bytes) { (_, element) throws(NetlinkFormatError) in
      var (name, body) = ("", try Expression([UInt8]().span.bytes))
      try Attribute.forEach(in: element) { (type, value) throws(NetlinkFormatError) in
        switch type {
        case 1: name = value.string()
        case 2: body = try Expression(value)
        default: break
        }
      }
      list.append((name, body))
    }
    for (name, body) in list { try read(name, body) }
  }

  private mutating func read(
    _ name: String, _ body: Expression
  ) throws(NetlinkFormatError) {
    switch name {
    case "payload": payload(body)
    case "meta": meta(body)
    case "ct": connection(body)
    case "bitwise": try bitwise(body)
    case "byteorder": byteOrder(body)
    case "cmp": try compare(body)
    case "range": try range(body)
    case "lookup": try lookup(body)
    case "immediate": try immediate(body)
    case "match":
      steps.append(
        contentsOf: XtExtension(
          body.text(1), revision: body.number(2) ?? 0, body.bytes(3) ?? [], family
        ).matchSteps)
    case "target":
      steps.append(
        contentsOf: XtExtension(
          body.text(1), revision: body.number(2) ?? 0, body.bytes(3) ?? [], family
        ).targetSteps)
    case "objref": object(body)
    default: other(name, body)
    }
  }
}

// What loads a register.
extension NftablesRuleTranslation {
  private mutating func load(_ pieces: [RegisterPiece], _ register: UInt32?) {
    guard let register else { return }
    let length = pieces.reduce(0) { $0 + $1.bytes }
    registers.store(.pieces(pieces), length: length, in: register)
  }

  private mutating func payload(_ body: Expression) {
    let base = body.number(2) ?? .max
    // No header is longer than the bytes that a register can hold behind the longest offset.
    let offset = Int(min(body.number(3) ?? 0, 1 << 16))
    let length = Int(min(body.number(4) ?? 0, 64))
    let pieces = HeaderLayout.pieces(base, offset..<offset + length, of: family)
    if body.number(5) != nil {
      let fields = pieces.compactMap(\.operand.field)
      if !fields.isEmpty { steps.append(.overwrite(fields)) }
    } else {
      load(pieces, body.number(1))
    }
  }

  /// The keys of `meta` (`NFT_META_*`) that this model holds.
  private static func metaPiece(_ key: UInt32) -> RegisterPiece? {
    switch key {
    case 1: RegisterPiece(.etherType, bytes: 2)
    case 3: RegisterPiece(.mark, bytes: 4, isHostOrder: true)
    case 4: RegisterPiece(.inputIndex, bytes: 4, isHostOrder: true)
    case 5: RegisterPiece(.outputIndex, bytes: 4, isHostOrder: true)
    case 6: RegisterPiece(.inputName, bytes: 16)
    case 7: RegisterPiece(.outputName, bytes: 16)
    case 15: RegisterPiece(.family, bytes: 1)
    case 16: RegisterPiece(.transport, bytes: 1)
    case 19: RegisterPiece(.packetType, bytes: 1)
    default: nil
    }
  }

  private mutating func meta(_ body: Expression) {
    let key = body.number(2) ?? .max
    if let source = body.number(3) {
      setMeta(key, registers[source])
    } else if let piece = Self.metaPiece(key) {
      load([piece], body.number(1))
    } else if let register = body.number(1) {
      registers.store(.unknown("meta"), length: 4, in: register)
    }
  }

  private mutating func setMeta(_ key: UInt32, _ content: Registers.Content) {
    let mark = RegisterPiece(.mark, bytes: 4, isHostOrder: true)
    if key == 19 { steps.append(.overwrite([.packetType])) }
    guard key == 3 else { return }
    let numbers = { (values: [[UInt8]]) in
      IntervalSet(numbers: values.map { mark.number($0.prefix(4)) })
    }
    switch content {
    case .constant(let bytes): steps.append(.mark(.oneOf(numbers([bytes]))))
    case .oneOf(let values): steps.append(.mark(.oneOf(numbers(values))))
    case .unknown(let kind): steps.append(.mark(.unknown(kind)))
    case .pieces(let pieces):
      guard pieces.count == 1, pieces[0].operand.field != nil, pieces[0].isHostOrder else {
        return steps.append(.mark(.unknown("a mark made of a header")))
      }
      steps.append(.mark(.operand(pieces[0].operand)))
    }
  }

  /// The keys of `ct` (`NFT_CT_*`) that this model holds.
  private mutating func connection(_ body: Expression) {
    guard let register = body.number(1) else { return }
    switch body.number(2) {
    case 0: load([RegisterPiece(.connectionState, bytes: 4, isHostOrder: true)], register)
    case 3: load([RegisterPiece(.connectionMark, bytes: 4, isHostOrder: true)], register)
    default: registers.store(.unknown("ct"), length: 16, in: register)
    }
  }

  private mutating func immediate(_ body: Expression) throws(NetlinkFormatError) {
    guard let register = body.number(1), let data = try body.data(2) else { return }
    if let verdict = data.verdict {
      steps.append(step(verdict))
    } else {
      registers.store(.constant(data.bytes), length: data.bytes.count, in: register)
    }
  }

  private func step(_ verdict: (code: UInt32, chain: String)) -> RuleStep {
    self.verdict(verdict).map { .verdict($0) } ?? .unknown("verdict \(verdict.code)")
  }

  private func verdict(_ verdict: (code: UInt32, chain: String)) -> FirewallVerdict? {
    let chain = chains[NftablesDump.ChainName(table: table, name: verdict.chain)]
    switch verdict.code {
    case NftVerdict.accept: return .accept
    case NftVerdict.drop: return .drop
    case NftVerdict.next, NftVerdict.stopRule: return .next
    case NftVerdict.return: return .return
    case NftVerdict.jump: return chain.map { .jump($0) }
    case NftVerdict.goTo: return chain.map { .goTo($0) }
    default: return nil
    }
  }
}

// What works on registers.
extension NftablesRuleTranslation {
  private mutating func bitwise(_ body: Expression) throws(NetlinkFormatError) {
    guard let source = body.number(1), let target = body.number(2) else { return }
    let length = Int(min(body.number(3) ?? 0, 64))
    let mask = try body.data(4)?.bytes ?? []
    let flip = try body.data(5)?.bytes ?? []
    guard body.number(6) ?? 0 == 0, mask.count >= length, flip.count >= length,
      let pieces = registers.pieces(source, length: length)
    else { return registers.store(.unknown("bitwise"), length: max(length, 4), in: target) }
    let masked = pieces.map { piece, offset in
      var result = piece
      guard piece.operand.field != nil else { return result }
      let bytes = offset..<min(offset + piece.bytes, length)
      result.operand = piece.operand.masked(
        piece.number(mask[bytes]), flipping: piece.number(flip[bytes]))
      return result
    }
    load(masked, target)
  }

  private mutating func byteOrder(_ body: Expression) {
    guard let source = body.number(1), let target = body.number(2) else { return }
    let length = Int(min(body.number(4) ?? 0, 64))
    guard var pieces = registers.pieces(source, length: length), pieces.count == 1,
      body.number(5) ?? 0 == UInt32(length), pieces[0].piece.bytes == length
    else { return registers.store(.unknown("byteorder"), length: max(length, 4), in: target) }
    pieces[0].piece.isHostOrder.toggle()
    load([pieces[0].piece], target)
  }
}

// What compares registers.
extension NftablesRuleTranslation {
  private mutating func condition(_ condition: Condition) {
    steps.append(.condition(condition))
  }

  /// Appends that what a register holds is or is not among rows of intervals.
  private mutating func member(
    _ pieces: [(piece: RegisterPiece, offset: Int)], _ table: ValueTable, isInverted: Bool
  ) {
    let operands = pieces.map(\.piece.operand)
    if operands.allSatisfy({ $0.field == nil }) {
      condition(.unknown("fields of headers"))
    } else {
      condition(.member(operands, of: table, isInverted: isInverted))
    }
  }

  /// Takes the pieces of a register for a comparison, or appends that it is not known.
  private mutating func compared(
    _ register: UInt32, length: Int
  ) -> [(piece: RegisterPiece, offset: Int)]? {
    if let pieces = registers.pieces(register, length: length) { return pieces }
    if case .unknown(let kind) = registers[register] {
      condition(.unknown(kind))
    } else {
      condition(.unknown("comparison of constants"))
    }
    return nil
  }

  private mutating func compare(_ body: Expression) throws(NetlinkFormatError) {
    guard let register = body.number(1), let data = try body.data(3)?.bytes, !data.isEmpty,
      let pieces = compared(register, length: data.count)
    else { return }
    let values = pieces.map { $0.piece.number(data[$0.offset..<$0.offset + $0.piece.bytes]) }
    let operation = body.number(2) ?? .max
    if operation <= 1 {
      let row = values.map { $0...$0 }
      let table: ValueTable =
        row.count == 1 ? .column(IntervalSet(row)) : .rows([row])
      return member(pieces, table, isInverted: operation == 1)
    }
    guard pieces.count == 1, !pieces[0].piece.isHostOrder else {
      return condition(.unknown("order of bytes"))
    }
    // Less, and greater or equal, are opposites, and so are the other two.
    let isBelow = operation == 2 || operation == 5
    guard operation <= 5 else { return condition(.unknown("cmp")) }
    let below: [ClosedRange<UInt128>] =
      isBelow ? (values[0] == 0 ? [] : [0...values[0] - 1]) : [0...values[0]]
    member(pieces, .column(IntervalSet(below)), isInverted: operation >= 4)
  }

  private mutating func range(_ body: Expression) throws(NetlinkFormatError) {
    guard let register = body.number(1), let from = try body.data(3)?.bytes,
      let to = try body.data(4)?.bytes, !from.isEmpty, from.count == to.count,
      let pieces = compared(register, length: from.count)
    else { return }
    guard pieces.count == 1, !pieces[0].piece.isHostOrder else {
      return condition(.unknown("order of bytes"))
    }
    let (first, last) = (pieces[0].piece.number(from[...]), pieces[0].piece.number(to[...]))
    let interval = first <= last ? [first...last] : []
    member(pieces, .column(IntervalSet(interval)), isInverted: body.number(2) == 1)
  }

  private mutating func lookup(_ body: Expression) throws(NetlinkFormatError) {
    let name = NftablesDump.SetName(table: table, name: body.text(1))
    let target = body.number(3)
    let known = rows(of: name, by: body.number(2) ?? 0)
    guard let (rows, pieces) = known else {
      let kind = "a set that packets change, or of keys that are not judged"
      if let target, target != 0 { registers.store(.unknown(kind), length: 16, in: target) }
      if target == 0 { return steps.append(.unknown(kind)) }
      return condition(.unknown(kind))
    }
    guard target == 0 else {
      member(pieces, rows.table, isInverted: (body.number(5) ?? 0) & 1 != 0)
      if let target { try storeValues(rows, target) }
      return
    }
    steps.append(.verdicts(pieces.map(\.piece.operand), try verdicts(rows)))
  }

  private func rows(
    of name: NftablesDump.SetName, by register: UInt32
  ) -> (NftSetRows, [(piece: RegisterPiece, offset: Int)])? {
    guard let set = sets[name], set.flags & Nftables.SetFlag.dynamic == 0,
      let pieces = registers.pieces(register, length: set.keyLength),
      let rows = NftSetRows(set, pieces)
    else { return nil }
    return (rows, pieces)
  }

  private mutating func storeValues(
    _ rows: NftSetRows, _ register: UInt32
  ) throws(NetlinkFormatError) {
    var values: [[UInt8]] = []
    for row in rows.rows {
      if let data = row.data { values.append(try NftData(data.span.bytes).bytes) }
    }
    registers.store(.oneOf(values), length: values.first?.count ?? 4, in: register)
  }

  private func verdicts(_ rows: NftSetRows) throws(NetlinkFormatError) -> [VerdictRow] {
    var verdicts: [VerdictRow] = []
    for row in rows.rows {
      guard let data = row.data, let read = try NftData(data.span.bytes).verdict,
        let verdict = verdict(read)
      else { continue }
      verdicts.append(VerdictRow(key: row.key, verdict: verdict))
    }
    return verdicts
  }
}

// What does neither.
extension NftablesRuleTranslation {
  /// What an expression of another name does, as far as this model goes.
  private enum Effect {
    /// Nothing that decides about a packet.
    case none

    /// Ends the rule for some packets.
    case chance

    /// Puts a value that is not known into the register that an attribute names.
    case load(UInt16)

    /// Steps that do not depend on its attributes.
    case step(RuleStep)

    /// Ends the rule in a way that is not known.
    case end
  }

  private static let effects: [String: Effect] = [
    "counter": .none, "log": .none, "last": .none, "dup": .none, "flow_offload": .none,
    "limit": .chance, "quota": .chance, "connlimit": .chance, "dynset": .chance,
    "fib": .load(1), "rt": .load(1), "numgen": .load(1), "exthdr": .load(1), "osf": .load(1),
    "xfrm": .load(1), "socket": .load(2), "hash": .load(2), "tunnel": .load(2), "inner": .load(2),
    "reject": .step(.verdict(.drop)), "notrack": .step(.untrack),
    "masq": .step(.translateSource), "redir": .step(.translateDestination),
    "queue": .end, "synproxy": .end, "tproxy": .end,
  ]

  private mutating func other(_ name: String, _ body: Expression) {
    if name == "nat" {
      return steps.append(body.number(1) == 0 ? .translateSource : .translateDestination)
    }
    switch Self.effects[name] {
    case .some(.none): break
    case .chance: condition(.unknown(name))
    case .load(let attribute):
      if let register = body.number(attribute) {
        registers.store(.unknown(name), length: 16, in: register)
      }
    case .step(let step): steps.append(step)
    case .end: steps.append(.unknown(name))
    case nil:
      registers.clear()
      steps.append(.unknown(name))
    }
  }

  /// Objects by their type (`NFT_OBJECT_*`): quotas, limits, and numbers of connections end the
  /// rule for some packets; synproxies end it otherwise; the others decide nothing.
  private mutating func object(_ body: Expression) {
    switch body.number(1) {
    case 2, 4, 5: condition(.unknown("a named limit"))
    case 10: steps.append(.unknown("synproxy"))
    case nil: condition(.unknown("a map of objects"))
    default: break
    }
  }
}
