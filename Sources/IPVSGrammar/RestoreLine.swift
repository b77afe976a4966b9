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

  public let place: Place

  /// The words, without those that are just `ipvsadm`.
  public let words: Words

  /// Counted from 1, blank lines and comments included.
  public var number: Int { place.number }

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
      guard !separates(text[index]) else {
        index += 1
        continue
      }
      if text[index] == UInt8(ascii: "#") { break }
      let start = index
      var zero: Int?
      while true {
        index = min(text.firstBlankOrLess(from: index) ?? end, end)
        guard index < end, !separates(text[index]) else { break }
        if text[index] == 0, zero == nil { zero = index }
        index += 1
      }
      let word = start..<(zero ?? index)
      if word.count == 7, text.extracting(word).equals("ipvsadm") { continue }
      ranges.append(word)
    }
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= UInt8(ascii: " ") && separators >> UInt64(byte) & 1 != 0
  }

  /// Blank, tab, and carriage return, each as the bit of its number.
  private static let separators: UInt64 = 1 << 0x20 | 1 << 0x09 | 1 << 0x0d
}
