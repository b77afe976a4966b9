public import IPVSText

/// A line of restore input that holds words.
public struct RestoreLine: Sendable {
  /// Counted from 1, blank lines and comments included.
  public let number: Int

  /// The line without its end.
  public var text: ByteString { words.text(range) }

  /// The words, without those that are just `ipvsadm`.
  public let words: Words

  private let range: Range<Int>

  /// Reads the part `range` of `bytes`. Nil if it is blank or a comment.
  ///
  /// Blanks, tabs, and carriage returns stand between words; a word that begins with `#` starts a
  /// comment; a zero byte and what is joined to it is not seen, as in C.
  init?(_ range: Range<Int>, of bytes: [UInt8], number: Int) {
    let ranges = Self.words(in: bytes.span, range)
    guard !ranges.isEmpty else { return nil }
    self.number = number
    self.range = range
    words = Words(ranges, in: bytes)
  }

  private static func words(in text: Span<UInt8>, _ range: Range<Int>) -> [Range<Int>] {
    let line = text.extracting(range)
    var ranges: [Range<Int>] = []
    var index = 0
    while index < line.count {
      guard !separates(line[index]) else {
        index += 1
        continue
      }
      if line[index] == UInt8(ascii: "#") { break }
      let start = index
      var zero: Int?
      while true {
        while index < line.count, line[unchecked: index] > UInt8(ascii: " ") { index += 1 }
        guard index < line.count, !separates(line[index]) else { break }
        if line[index] == 0, zero == nil { zero = index }
        index += 1
      }
      let word = start..<(zero ?? index)
      if word.count == 7, line.extracting(word).equals("ipvsadm") { continue }
      if ranges.isEmpty { ranges.reserveCapacity(12) }
      ranges.append(range.lowerBound + word.lowerBound..<range.lowerBound + word.upperBound)
    }
    return ranges
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
