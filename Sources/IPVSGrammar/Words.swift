public import IPVSText

/// The words of one command line, where they stand in memory.
public struct Words: Sendable {
  /// The bytes of all words, and possibly others.
  private(set) var bytes: [UInt8]

  private(set) var ranges: [Range<Int>]

  /// No words.
  public init() {
    bytes = []
    ranges = []
  }

  public init(_ words: some Sequence<ByteString>) {
    self.init()
    for word in words { append(word.bytes.span) }
  }

  init(_ ranges: [Range<Int>], in bytes: [UInt8]) {
    self.bytes = bytes
    self.ranges = ranges
  }

  public mutating func append(_ word: Span<UInt8>) {
    let start = bytes.count
    for index in word.indices { bytes.append(word[index]) }
    ranges.append(start..<bytes.count)
  }

  public var count: Int { ranges.count }

  public subscript(index: Int) -> ByteString { text(ranges[index]) }

  /// Each word in memory of its own.
  public var copies: [ByteString] { ranges.map(text) }

  func text(_ range: Range<Int>) -> ByteString {
    ByteString(bytes.span.extracting(range).copy)
  }
}

/// A word that an error speaks of, or the part of it that is a value.
public struct Word: Hashable, Sendable {
  public var text: ByteString

  /// Which word of the line: 1 is the first after the name of the program.
  public var position: Int

  public init(_ text: ByteString, at position: Int) {
    self.text = text
    self.position = position
  }
}
