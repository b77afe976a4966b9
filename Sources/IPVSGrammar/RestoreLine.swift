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
    var ranges: [Range<Int>] = []
    var start = range.lowerBound
    var zero: Int?
    var index = start
    while true {
      while index < range.upperBound, text[index] > 0x20 { index += 1 }
      let byte = index < range.upperBound ? text[index] : newline
      if separates(byte) {
        if start < index {
          guard text[start] != UInt8(ascii: "#") else { break }
          if ranges.isEmpty { ranges.reserveCapacity(12) }
          let word = start..<(zero ?? index)
          if !isProgram(text, word) { ranges.append(word) }
        }
        guard byte != newline else { break }
        start = index + 1
        zero = nil
      } else if byte == 0, zero == nil {
        zero = index
      }
      index += 1
    }
    return ranges
  }

  private static func isProgram(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    word.count == 7 && text.extracting(word).equals("ipvsadm")
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == newline
  }

  private static let newline = UInt8(ascii: "\n")
}
