// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// The words of one command line, as ranges of one array of bytes.
public struct Words: Sendable {
  /// The bytes of all words, and possibly others.
  private(set) var bytes: [UInt8]

  private(set) var ranges = RangeList()

  /// No words.
  public init() {
    bytes = []
  }

  public init(_ words: some Sequence<ByteString>) {
    self.init()
    for word in words { append(word.bytes.span) }
  }

  init(_ ranges: RangeList, in bytes: [UInt8]) {
    self.bytes = bytes
    self.ranges = ranges
  }

  public mutating func append(_ word: Span<UInt8>) {
    let start = bytes.count
    word.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    ranges.append(start..<bytes.count)
  }

  public var count: Int { ranges.count }

  public subscript(index: Int) -> ByteString { text(ranges[index]) }

  /// Whether a word begins with a text.
  func begins(_ index: Int, with text: StaticString) -> Bool {
    let range = ranges[index]
    let length = text.utf8CodeUnitCount
    return range.count >= length
      && bytes.span.extracting(range.prefix(length)).equals(text)
  }

  /// Each word as a copy.
  public var copies: [ByteString] { (0..<count).map { self[$0] } }

  func text(_ range: Range<Int>) -> ByteString {
    ByteString(bytes.span.extracting(range).copy)
  }
}

/// Ranges in the order in which they were added.
///
/// They are kept as numbers, a start and an end in turn: the runtime has the type of an array of
/// numbers, and would have to make that of an array of ranges, a fortieth of all that a short run does.
struct RangeList: Sendable {
  private var bounds: [Int] = []

  var count: Int { bounds.count / 2 }

  subscript(index: Int) -> Range<Int> {
    Range(uncheckedBounds: (bounds[2 * index], bounds[2 * index + 1]))
  }

  mutating func append(_ range: Range<Int>) {
    bounds.append(range.lowerBound)
    bounds.append(range.upperBound)
  }

  /// Keeps the memory.
  mutating func removeAll() {
    bounds.removeAll(keepingCapacity: true)
  }
}

/// A word that an error is about, or the part of it that is a value.
public struct Word: Hashable, Sendable {
  public var text: ByteString

  /// Which word of the line: 1 is the first after the name of the program.
  public var position: Int

  public init(_ text: ByteString, at position: Int) {
    self.text = text
    self.position = position
  }
}

/// Searches that need no copy of the text.
extension Span<UInt8> {
  func firstIndex(of byte: UInt8) -> Int? {
    let repeated = UInt64(byte) &* eachByte
    return firstIndex(
      from: 0, where: { $0 == byte },
      marks: { eight in ((eight ^ repeated) &- eachByte) & ~(eight ^ repeated) })
  }

  /// The first byte at `start` or behind it that is a blank or a control character.
  @inline(__always)
  func firstBlankOrLess(from start: Int) -> Int? {
    let above = eachByte &* (UInt64(UInt8(ascii: " ")) + 1)
    return firstIndex(
      from: start, where: { $0 <= UInt8(ascii: " ") },
      marks: { eight in (eight &- above) & ~eight })
  }

  /// Looks at eight bytes a step, as restore input is searched twice from end to end.
  ///
  /// - Parameter marks: Of eight bytes, the first in the lowest position, sets the highest bit of
  ///   the first wanted byte, and of none before it.
  @inline(__always)
  private func firstIndex(
    from start: Int, where isWanted: (UInt8) -> Bool, marks: (UInt64) -> UInt64
  ) -> Int? {
    var index = start
    while index + 8 <= count {
      let eight = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      let found = marks(eight.littleEndian) & (eachByte &* 0x80)
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < count {
      if isWanted(self[index]) { return index }
      index += 1
    }
    return nil
  }

  func lastIndex(of byte: UInt8) -> Int? {
    var index = count
    while index > 0 {
      index -= 1
      if self[index] == byte { return index }
    }
    return nil
  }

  func allSatisfy(_ isMember: (UInt8) -> Bool) -> Bool {
    for index in indices where !isMember(self[index]) { return false }
    return true
  }

  /// A copy of the bytes.
  var copy: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      for index in indices { buffer.initializeElement(at: index, to: self[index]) }
      length = count
    }
  }
}

/// One in each byte: a byte multiplied by it is repeated eight times.
private let eachByte: UInt64 = 0x0101_0101_0101_0101

/// A blank by C's isspace(3) in the C locale.
func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
}

func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
