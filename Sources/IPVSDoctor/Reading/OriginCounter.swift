// SPDX-License-Identifier: Apache-2.0

/// Counts the rows of /proc/net/ip_vs_conn_sync whose ninth word is `SYNC`. Rows may come in pieces.
struct OriginCounter {
  private(set) var count = 0
  private var words = 0
  private var word: [UInt8] = []

  /// The longest word that counts; more bytes of a word are dropped.
  private static let longestWord = 64

  mutating func take(_ text: Span<UInt8>) {
    for index in text.indices {
      let byte = text[index]
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
        if !word.isEmpty {
          words += 1
          if words == 9, word == Array("SYNC".utf8) { count += 1 }
          word.removeAll(keepingCapacity: true)
        }
        if byte == UInt8(ascii: "\n") { words = 0 }
      } else if word.count < Self.longestWord {
        word.append(byte)
      }
    }
  }
}
