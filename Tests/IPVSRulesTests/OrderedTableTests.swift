// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSRules

@Suite struct OrderedTableTests {
  private struct Item: Keyed, Hashable, Sendable {
    let key: Int
    var value: Int
  }

  /// Few keys are searched one by one, many through an index; each number of them is reached.
  @Test("a table does as an array that is searched from end to end", arguments: [3, 16, 17, 60])
  private func operations(keys: Int) {
    var random = Seed(for: "OrderedTable \(keys)")
    var table = OrderedTable<Item>()
    var expected: [Item] = []
    for step in 0..<2000 {
      let key = Int.random(in: 0..<keys, using: &random)
      let place = expected.firstIndex { $0.key == key }
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        table[key] = nil
        if let place { expected.remove(at: place) }
      case 1:
        let old = table.modify(key) { item in
          item.value += 1
          return item.value - 1
        }
        #expect(old == place.map { expected[$0].value })
        if let place { expected[place].value += 1 }
      default:
        let item = Item(key: key, value: step)
        table[key] = item
        if let place { expected[place] = item } else { expected.append(item) }
      }
      #expect(Array(table.values) == expected, "step \(step), seed \(random.seed)")
      #expect(table.count == expected.count && table.isEmpty == expected.isEmpty)
      #expect(table[key] == expected.first { $0.key == key })
    }
  }

  @Test("two tables with the same values are equal in whatever order", arguments: [3, 60])
  func equality(keys: Int) {
    var left = OrderedTable<Item>()
    var right = OrderedTable<Item>()
    for key in 0..<keys { left[key] = Item(key: key, value: key) }
    for key in (0..<keys).reversed() { right[key] = Item(key: key, value: key) }
    #expect(left == right)
    right[1] = Item(key: 1, value: 0)
    #expect(left != right)
    right[1] = nil
    #expect(left != right)
  }
}
