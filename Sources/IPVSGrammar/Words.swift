public import IPVSText

/// The words of one command line, where they stand in memory.
public struct Words: Sendable {
  /// The bytes of all words, and possibly others.
  let bytes: [UInt8]

  let ranges: [Range<Int>]

  public init(_ words: some Sequence<ByteString>) {
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    for word in words {
      let start = bytes.count
      bytes.append(contentsOf: word.bytes)
      ranges.append(start..<bytes.count)
    }
    self.bytes = bytes
    self.ranges = ranges
  }

  init(_ ranges: [Range<Int>], in bytes: [UInt8]) {
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
