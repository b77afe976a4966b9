public import IPVSText

/// The words of one command line, in one piece of memory.
public struct Words: Hashable, Sendable {
  /// The bytes of all words; between them may stand others that belong to none.
  private(set) var bytes: [UInt8]

  private(set) var ranges: [Range<Int>]

  public init(_ words: some Sequence<ByteString>) {
    bytes = []
    ranges = []
    for word in words {
      let start = bytes.count
      bytes.append(contentsOf: word.bytes)
      ranges.append(start..<bytes.count)
    }
  }

  init(bytes: [UInt8], ranges: [Range<Int>]) {
    self.bytes = bytes
    self.ranges = ranges
  }

  public var count: Int { ranges.count }

  public subscript(index: Int) -> ByteString { ByteString(bytes[ranges[index]]) }

  func text(_ range: Range<Int>) -> ByteString { ByteString(bytes[range]) }
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
