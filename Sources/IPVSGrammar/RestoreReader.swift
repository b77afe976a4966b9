// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Splits restore input into lines as it arrives, in pieces of any size.
///
/// The last line needs no newline.
public struct RestoreReader: Sendable {
  /// The most bytes in a line. The kernel's longest names and addresses fill a few hundred.
  public static let longestLine = 16 << 20

  private var buffer: [UInt8] = []

  /// Where in `buffer` the next line begins.
  private var start = 0

  /// The end of the part of `buffer` that was searched for the end of that line.
  private var searched = 0

  /// The words of the last line. Their memory is used again once nothing else refers to it.
  private var words = RangeList()

  private var number = 0
  private var isFinished = false

  public init() {}

  /// Reads the lines of a whole text.
  public init(_ text: [UInt8]) {
    buffer = text
    isFinished = true
  }

  /// Reads lines again, from one that was read before.
  public init(rereading line: RestoreLine.Location) {
    buffer = line.bytes
    start = line.range.lowerBound
    searched = start
    number = line.number - 1
    isFinished = true
  }

  /// Adds input.
  ///
  /// - Parameters:
  ///   - count: The most bytes to add.
  ///   - read: Appends the bytes to the span that it is given.
  /// - Returns: The number of bytes added.
  /// - Throws: What `read` throws.
  public mutating func feed<Failure: Error>(
    atMost count: Int, _ read: (inout OutputSpan<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    // `removeFirst` moves all elements, even to remove none.
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    // Otherwise the rest of a line would double the capacity.
    if buffer.isEmpty { buffer.reserveCapacity(count + 1024) }
    let before = buffer.count
    try buffer.append(addingCapacity: count, initializingWith: read)
    return buffer.count - before
  }

  /// Skips a text at the beginning of the input.
  ///
  /// - Returns: Whether it is there.
  public mutating func skip(_ text: [UInt8]) -> Bool {
    guard number == 0, start == 0, buffer.starts(with: text) else { return false }
    start = text.count
    searched = start
    return true
  }

  /// Ends the input.
  public mutating func finish() {
    isFinished = true
  }

  /// The number of a line that is longer than `longestLine`; nil where there is none. After such a
  /// line, add no more input.
  public var overlongLine: Int? {
    buffer.count - start > Self.longestLine && searched == buffer.count ? number + 1 : nil
  }

  /// The next line that holds words.
  ///
  /// - Returns: Nil where no such line is complete.
  public mutating func next() -> RestoreLine? {
    while let end = nextEnd() {
      number += 1
      let range = start..<end
      start = min(end + 1, buffer.count)
      searched = start
      let buffer = buffer
      words.removeAll()
      RestoreLine.findWords(in: buffer.span, range, &words)
      guard words.count == 0 else {
        return RestoreLine(Words(words, in: buffer), number: number, range: range)
      }
    }
    return nil
  }

  private mutating func nextEnd() -> Int? {
    let end = buffer.span.extracting(searched...).firstIndex(of: UInt8(ascii: "\n"))
    searched = end.map { searched + $0 } ?? buffer.count
    if end != nil { return searched }
    return isFinished && start < searched ? searched : nil
  }
}

/// A line of restore input that holds words.
public struct RestoreLine: Sendable {
  /// A line's number and text, for messages about it.
  public struct Location: Sendable {
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

  /// The column at which a word begins: characters of UTF-8 from the beginning of the line, counted
  /// from 1.
  ///
  /// - Parameters:
  ///   - position: The number of the word among `words`, counted from 1.
  ///   - length: How many bytes at the end of the word are meant; nil for the whole word.
  func column(ofWord position: Int, last length: Int? = nil) -> Int {
    let ranges = words.ranges
    guard ranges.count > 0 else { return 1 }
    let word = ranges[max(0, min(position - 1, ranges.count - 1))]
    let start = length.map { max(word.lowerBound, word.upperBound - $0) } ?? word.lowerBound
    let isContinuation = { (byte: UInt8) in byte & 0xc0 == 0x80 }
    return words.bytes[range.lowerBound..<start].count { !isContinuation($0) } + 1
  }

  public var location: Location { Location(number: number, range: range, bytes: words.bytes) }

  /// The line without its end.
  public var text: ByteString { location.text }

  /// Appends the ranges of the words of one line; none where it is blank or a comment.
  ///
  /// Blanks, tabs, and carriage returns separate words; a word that begins with `#` starts a comment;
  /// a zero byte ends a word, and the rest of that word is skipped, as in C.
  ///
  /// - Parameters:
  ///   - text: The input.
  ///   - line: The range of the line in it, without its newline.
  static func findWords(in text: Span<UInt8>, _ line: Range<Int>, _ ranges: inout RangeList) {
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

  /// The end of a word that contains control characters, and of the bytes joined to it.
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
