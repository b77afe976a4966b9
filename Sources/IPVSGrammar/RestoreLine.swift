public import IPVSText

/// A line of restore input that holds words.
public struct RestoreLine: Hashable, Sendable {
  /// Counted from 1, blank lines and comments included.
  public let number: Int

  /// The line without its end.
  public var text: ByteString { ByteString(words.bytes) }

  /// The words, without those that are just `ipvsadm`.
  public let words: Words

  /// Nil if the line is blank or a comment.
  ///
  /// Blanks, tabs, and carriage returns stand between words; a word that begins with `#` starts a
  /// comment; a zero byte and what is joined to it is not seen, as in C.
  init?(_ bytes: ArraySlice<UInt8>, number: Int) {
    var ranges: [Range<Int>] = []
    let line = Array(bytes)
    let text = line.span
    var index = 0
    while index < text.count {
      while index < text.count, Self.separates(text[index]) { index += 1 }
      let start = index
      while index < text.count, !Self.separates(text[index]) { index += 1 }
      guard start < index else { break }
      guard text[start] != UInt8(ascii: "#") else { break }
      let word = text.extracting(start..<index)
      let length = word.firstIndex(of: 0) ?? word.count
      if !word.extracting(first: length).equals("ipvsadm") {
        if ranges.isEmpty { ranges.reserveCapacity(16) }
        ranges.append(start..<start + length)
      }
    }
    guard !ranges.isEmpty else { return nil }
    self.number = number
    words = Words(bytes: line, ranges: ranges)
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
