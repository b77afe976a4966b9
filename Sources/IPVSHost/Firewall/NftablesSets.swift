// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat

/// The rows of a set for the operands by which a rule looks it up.
struct NftSetRows {
  struct Row {
    var key: [ClosedRange<UInt128>]
    /// The attribute `NFTA_SET_ELEM_DATA`.
    var data: [UInt8]?
  }

  /// Rows that exclude each other, and last, where there is one, the row for all other keys.
  private(set) var rows: [Row] = []

  /// Reads the elements of a set; nil where the operands do not fit its keys.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - pieces: What is looked up, each with its offset in the key.
  init?(_ set: NftablesDump.Set, _ pieces: [(piece: RegisterPiece, offset: Int)]) {
    let isSorted = set.flags & Nftables.SetFlag.interval != 0
    let hasEnds = set.flags & Nftables.SetFlag.concatenation != 0
    let elements = set.elements.filter {
      $0.flags & Nftables.ElementAttribute.catchAll == 0 && $0.key.count >= set.keyLength
    }
    if isSorted, !hasEnds {
      guard pieces.count == 1, let piece = pieces.first?.piece else { return nil }
      rows = Self.intervals(elements, piece)
    } else {
      for element in elements {
        guard let key = Self.key(element, pieces) else { return nil }
        rows.append(Row(key: key, data: element.data))
      }
    }
    for element in set.elements
    where element.flags & Nftables.ElementAttribute.catchAll != 0 {
      rows.append(Row(key: pieces.map { _ in 0...UInt128.max }, data: element.data))
    }
  }

  /// An interval goes from an element to the next one, or to the end of the numbers; elements with
  /// a flag begin gaps.
  private static func intervals(
    _ elements: [NftablesDump.Element], _ piece: RegisterPiece
  ) -> [Row] {
    let isGap = { (element: NftablesDump.Element) in
      element.flags & Nftables.ElementAttribute.endOfInterval != 0
    }
    // Where an interval follows another at once, its beginning is also that one's end.
    let bounds = elements.map { (number: piece.number($0.key[...]), element: $0) }.sorted {
      $0.number == $1.number
        ? isGap($0.element) && !isGap($1.element) : $0.number < $1.number
    }
    var rows: [Row] = []
    for (index, bound) in bounds.enumerated() where !isGap(bound.element) {
      var end = IntervalSet.ones(8 * piece.bytes)
      if index + 1 < bounds.count, bounds[index + 1].number > bound.number {
        end = bounds[index + 1].number - 1
      }
      rows.append(Row(key: [bound.number...max(end, bound.number)], data: bound.element.data))
    }
    return rows
  }

  private static func key(
    _ element: NftablesDump.Element, _ pieces: [(piece: RegisterPiece, offset: Int)]
  ) -> [ClosedRange<UInt128>]? {
    var key: [ClosedRange<UInt128>] = []
    for (piece, offset) in pieces {
      let end = element.keyEnd ?? element.key
      guard offset + piece.bytes <= min(element.key.count, end.count) else { return nil }
      let first = piece.number(element.key[offset..<offset + piece.bytes])
      let last = piece.number(end[offset..<offset + piece.bytes])
      guard first <= last else { return nil }
      key.append(first...last)
    }
    return key
  }

  /// The keys as a table of values.
  var table: ValueTable {
    if rows.allSatisfy({ $0.key.count == 1 }) {
      return .column(IntervalSet(rows.compactMap(\.key.first)))
    }
    return .rows(rows.map(\.key))
  }
}
