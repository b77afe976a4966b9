public import IPVSText

/// A line of restore input that holds words.
public struct RestoreLine: Sendable {
  /// Where a line stands, for messages about it.
  public struct Place: Sendable {
    /// Counted from 1, blank lines and comments included.
    public let number: Int

    let range: Range<Int>
    let bytes: [UInt8]

    /// The line without its end.
    public var text: ByteString { ByteString(bytes.span.extracting(range).copy) }
  }

  /// The words, without those that are just `ipvsadm`.
  public let words: Words

  /// Counted from 1, blank lines and comments included.
  public let number: Int

  private let range: Range<Int>

  init(_ words: Words, number: Int, range: Range<Int>) {
    self.words = words
    self.number = number
    self.range = range
  }

  public var place: Place { Place(number: number, range: range, bytes: words.bytes) }

  /// The line without its end.
  public var text: ByteString { place.text }

  /// Adds to `ranges` where the words of the line `line` of `text` are; none, if it is blank or a
  /// comment.
  ///
  /// Blanks, tabs, and carriage returns stand between words; a word that begins with `#` starts a
  /// comment; a zero byte and what is joined to it is not seen, as in C.
  static func findWords(in text: Span<UInt8>, _ line: Range<Int>, _ ranges: inout [Range<Int>]) {
    let end = line.upperBound
    var index = line.lowerBound
    while index < end {
      let first = text[index]
      guard !separates(first) else {
        index += 1
        continue
      }
      if first == UInt8(ascii: "#") { break }
      let start = index
      index = min(text.firstBlankOrLess(from: start) ?? end, end)
      var wordEnd = index
      if index < end, !separates(text[index]) {
        (wordEnd, index) = endOfWord(in: text, from: index, to: end)
      }
      let isName = wordEnd == start + 7 && text.extracting(start..<wordEnd).equals("ipvsadm")
      if !isName { ranges.append(start..<wordEnd) }
      index += 1
    }
  }

  /// Where a word ends that has control characters in it, and what is joined to it.
  private static func endOfWord(
    in text: Span<UInt8>, from start: Int, to end: Int
  ) -> (word: Int, joined: Int) {
    var index = start
    var zero: Int?
    while index < end, !separates(text[index]) {
      if text[index] == 0, zero == nil { zero = index }
      index = min(text.firstBlankOrLess(from: index + 1) ?? end, end)
    }
    return (zero ?? index, index)
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= UInt8(ascii: " ") && separators >> UInt64(byte) & 1 != 0
  }

  /// Blank, tab, and carriage return, each as the bit of its number.
  private static let separators: UInt64 = 1 << 0x20 | 1 << 0x09 | 1 << 0x0d
}
