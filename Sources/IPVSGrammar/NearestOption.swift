// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Suggestions for an option that does not exist.
public enum NearestOption {
  /// The long option nearest to a word, with its dashes; nil if none is near.
  public static func to(_ word: ByteString, among names: [StaticString]) -> String? {
    let typed = word.bytes.drop { $0 == UInt8(ascii: "-") }.prefix { $0 != UInt8(ascii: "=") }
    guard typed.count > 1, typed.count < 32, word.hasPrefix("--") else { return nil }
    let near = names.map { ($0, distance(Array(typed), to: $0)) }
      .filter { $0.1 <= 1 + typed.count / 5 }
    return near.min { $0.1 < $1.1 }.map { "--\($0.0)" }
  }

  /// The number of letters to change, add, or remove; completing a beginning counts as none.
  private static func distance(_ typed: [UInt8], to name: StaticString) -> Int {
    let name = name.withUTF8Buffer { Array($0) }
    if name.starts(with: typed) { return 0 }
    var row = Array(0...name.count)
    for (index, letter) in typed.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in name.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(changed, diagonal + 1, row[column] + 1)
      }
    }
    return row[name.count]
  }
}
