// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSHost

/// A packet of which a part is known: each field has a value, one of a set of values, or any.
package struct AbstractPacket: Hashable, Sendable {
  /// The family of its addresses.
  package let family: AddressFamily

  /// By the number of the field. Packets that share this array are equal without being compared.
  private var known = [IntervalSet?](repeating: nil, count: PacketField.allCases.count)

  /// A packet of which the family is known.
  package init(_ family: AddressFamily) {
    self.family = family
    self[.family] = IntervalSet(numbers: [family == .ipv4 ? 2 : 10])
    self[.etherType] = IntervalSet(numbers: [family == .ipv4 ? 0x0800 : 0x86dd])
    // Whole, with or without the flag "don't fragment".
    self[.fragment] = IntervalSet(numbers: [0, 0x4000])
  }

  /// The values that a field may have; nil for any.
  package subscript(_ field: PacketField) -> IntervalSet? {
    get { known[Int(field.rawValue)] }
    set { known[Int(field.rawValue)] = newValue }
  }

  /// Makes a field one number.
  package mutating func set(_ field: PacketField, _ number: some BinaryInteger) {
    self[field] = IntervalSet(numbers: [UInt128(number)])
  }

  /// Makes an address of the packet's family a field.
  package mutating func set(_ field: PacketField, _ address: IPAddress) {
    self[field] = IntervalSet(numbers: [address.number])
  }

  /// Makes a name of an interface a field.
  package mutating func set(_ field: PacketField, name: [UInt8]) {
    let length = 16
    let padded = name.prefix(length) + [UInt8](repeating: 0, count: max(0, length - name.count))
    self[field] = IntervalSet(numbers: [padded.reduce(0) { $0 << 8 | UInt128($1) }])
  }

  /// A packet that is this one or the other: each field has the values of both.
  package func joined(_ other: AbstractPacket) -> AbstractPacket {
    if self == other { return self }
    var joined = self
    for index in known.indices {
      joined.known[index] = known[index].flatMap { own in other.known[index].map { own.union($0) } }
    }
    return joined
  }

  /// A packet that is one of several of a family.
  ///
  /// - Returns: Nil if there are none.
  package static func joined(_ packets: some Collection<AbstractPacket>) -> AbstractPacket? {
    guard var joined = packets.first else { return nil }
    for index in joined.known.indices {
      var sets: Set<IntervalSet> = []
      for packet in packets {
        guard let values = packet.known[index] else {
          sets = []
          break
        }
        sets.insert(values)
      }
      joined.known[index] = sets.isEmpty ? nil : IntervalSet(sets.flatMap(\.intervals))
    }
    return joined
  }
}

// What conditions say of it.
extension AbstractPacket {
  /// Sets of more values are not gone through one by one.
  private static let mostValues = 256

  /// The values that an operand may have, or more of them; nil if nothing is known of it.
  func values(of operand: Operand) -> IntervalSet? {
    guard let field = operand.field else { return nil }
    let ones = IntervalSet.ones(operand.bits)
    if operand.mask & ones == 0 { return IntervalSet(numbers: [operand.flip]) }
    guard let values = self[field] else { return nil }
    if let numbers = values.numbers(atMost: Self.mostValues) {
      return IntervalSet(
        numbers: numbers.map { operand.value(of: $0) })
    }
    let reachesTop = operand.shift + operand.bits >= field.bits(of: family)
    // The leading bits of a number do not fall while it rises.
    guard reachesTop, operand.flip == 0, Self.isPrefix(operand.mask, ones) else { return nil }
    return IntervalSet(
      values.intervals.map { interval in
        let first = (interval.lowerBound >> UInt128(operand.shift)) & operand.mask
        return first...((interval.upperBound >> UInt128(operand.shift)) & operand.mask)
      })
  }

  /// Whether a mask keeps leading bits.
  private static func isPrefix(_ mask: UInt128, _ ones: UInt128) -> Bool {
    let dropped = ~mask & ones
    return dropped & (dropped &+ 1) == 0
  }

  private func isMember(_ operand: Operand, of set: IntervalSet) -> Certainty {
    guard let field = operand.field else { return set.isEmpty ? .no : .maybe }
    if let number = self[field]?.single {
      return set.contains(operand.value(of: number)) ? .yes : .no
    }
    return set.holds(values(of: operand) ?? IntervalSet(allOf: operand.bits))
  }

  /// Whether operands are in a row.
  func isMember(_ operands: [Operand], of row: [ClosedRange<UInt128>]) -> Certainty {
    var answer = Certainty.yes
    for (operand, interval) in zip(operands, row) {
      if let number = operand.field.flatMap({ self[$0]?.single }) {
        if !interval.contains(operand.value(of: number)) { return .no }
      } else {
        answer = answer.and(isMember(operand, of: IntervalSet([interval])))
        if answer == .no { return .no }
      }
    }
    return answer
  }

  /// Whether a condition holds.
  package func answer(_ condition: Condition) -> Certainty {
    switch condition {
    case .unknown: .maybe
    case .member(let operands, let table, let isInverted):
      isInverted ? answer(operands, table).opposite : answer(operands, table)
    }
  }

  private func answer(_ operands: [Operand], _ table: ValueTable) -> Certainty {
    switch table {
    case .column(let set):
      return operands.first.map { isMember($0, of: set) } ?? .maybe
    case .rows(let rows):
      var answer = Certainty.no
      for row in rows {
        switch isMember(operands, of: row) {
        case .yes: return .yes
        case .maybe: answer = .maybe
        case .no: break
        }
      }
      return answer
    }
  }

  /// Takes the mark that a rule sets.
  mutating func take(_ mark: MarkValue) {
    switch mark {
    case .oneOf(let set): self[.mark] = set
    case .unknown: self[.mark] = nil
    case .operand(let operand): self[.mark] = values(of: operand)
    }
  }
}
