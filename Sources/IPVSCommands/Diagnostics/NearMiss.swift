// SPDX-License-Identifier: Apache-2.0

/// How far a text is from one that was meant.
enum NearMiss {
  /// How many letters must be changed, added, taken away, or exchanged with the next one.
  static func distance(_ typed: some Sequence<UInt8>, _ meant: some Sequence<UInt8>) -> Int {
    let (left, right) = (Array(typed), Array(meant))
    var rows = [Array(0...right.count)]
    for row in 1..<(left.count + 1) {
      var current = [row]
      for column in 1..<(right.count + 1) {
        let isSame = left[row - 1] == right[column - 1]
        var least = min(
          rows[row - 1][column - 1] + (isSame ? 0 : 1), rows[row - 1][column] + 1,
          current[column - 1] + 1)
        if row > 1, column > 1, left[row - 1] == right[column - 2],
          left[row - 2] == right[column - 1]
        {
          least = min(least, rows[row - 2][column - 2] + 1)
        }
        current.append(least)
      }
      rows.append(current)
    }
    return rows[left.count][right.count]
  }

  /// The texts that are nearest to `typed` and at most `limit` letters away, in their order.
  static func nearest<Element>(
    to typed: String, among elements: [Element], atMost limit: Int, _ text: (Element) -> String
  ) -> [Element] {
    let distances = elements.map { distance(typed.utf8, text($0).utf8) }
    guard let least = distances.min(), least <= limit else { return [] }
    return elements.indices.filter { distances[$0] == least }.map { elements[$0] }
  }
}
