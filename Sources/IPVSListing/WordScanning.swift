// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// Up to sixteen bytes at a time: a listing of a million connections looks at seventy million bytes.
///
/// This is the one file that loads wider values than bytes from text. Every load is checked against
/// the bounds, and any bytes are a number, so that no load can go wrong.
extension Span<UInt8> {
  /// Eight bytes, the first in the most significant byte.
  @inline(__always)
  func eightDigits(at position: Int) -> UInt64 {
    UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// Four bytes, the first in the most significant byte, after four digits `0`.
  @inline(__always)
  func fourDigits(at position: Int) -> UInt64 {
    let digits = bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self)
    return 0x3030_3030_0000_0000 | UInt64(UInt32(bigEndian: digits))
  }

  /// The first position from `start` that holds no blank.
  @inline(__always)
  func endOfBlanks(from start: Int) -> Int {
    if self[start] > blank { return start }
    var position = start
    while position + 16 <= count {
      let others = sixteenBytes(at: position) ^ blanks
      position += others.trailingZeroBitCount / 8
      if others != 0 { break }
    }
    // A tab, or one of the last bytes.
    while isSpace(self[position]), self[position] != newline { position += 1 }
    return position
  }

  /// The first position from `start` that holds a blank or a newline.
  @inline(__always)
  func endOfWord(from start: Int) -> Int {
    var position = start
    while position + 16 <= count {
      let bytes = sixteenBytes(at: position)
      // The high bit of each byte below 0x21; right for the lowest such byte, and only that counts.
      let spaces = (bytes &- belowWords) & ~bytes & highBits
      position += spaces.trailingZeroBitCount / 8
      if spaces != 0 { break }
    }
    // A control character, which is not a blank, or one of the last bytes.
    while !isSpace(self[position]) { position += 1 }
    return position
  }

  /// Sixteen bytes, the first in the least significant byte.
  @inline(__always)
  func sixteenBytes(at position: Int) -> UInt128 {
    UInt128(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt128.self))
  }
}

extension MutableRawSpan {
  /// The bytes that `write(_:of:at:)` needs beyond those of the word.
  static var wordSlack: Int { 15 }

  /// Writes the word at `range` of `bytes` from `start`, and returns the offset after it. Writes
  /// up to `wordSlack` blanks after the word.
  @inline(__always)
  mutating func write(_ range: Range<Int>, of bytes: Span<UInt8>, at start: Int) -> Int {
    var source = range.lowerBound
    var end = start
    while source < range.upperBound, source + 16 <= bytes.count {
      let behindWord = ~UInt128(0) << UInt128(8 * (range.upperBound - source))
      let text = bytes.sixteenBytes(at: source) & ~behindWord | blanks & behindWord
      storeBytes(of: text.littleEndian, toByteOffset: end, as: UInt128.self)
      source += 16
      end += 16
    }
    // The last bytes of all.
    while source < range.upperBound {
      end = write(byte: bytes[source], at: end)
      source += 1
    }
    return start + range.count
  }
}

private let blanks: UInt128 = 0x2020_2020_2020_2020_2020_2020_2020_2020
private let belowWords: UInt128 = 0x2121_2121_2121_2121_2121_2121_2121_2121
private let highBits: UInt128 = 0x8080_8080_8080_8080_8080_8080_8080_8080
private let ones: UInt64 = 0x0101_0101_0101_0101

/// Whether a byte separates words: those of C's isspace(3).
@inline(__always)
func isSpace(_ byte: UInt8) -> Bool {
  byte == blank || byte &- 9 < 5
}

/// The value of eight hexadecimal digits, whose characters are the bytes of `digits`; nil if one of
/// them is not a digit.
@inline(__always)
func hexadecimal(_ digits: UInt64) -> UInt32? {
  let areLetters = digits &>> 6 & ones
  let values = (digits & (ones &* 0x0f)) &+ areLetters &* 9
  // What the digits look like, in lower case, if these are their values.
  let areAboveNine = (values &+ ones &* 118) &>> 7 & ones
  let expected = values &+ ones &* UInt64(UInt8(ascii: "0")) &+ areAboveNine &* 39
  guard digits | areLetters &<< 5 == expected, values & (ones &* 0xf0) == 0 else { return nil }
  let pairs = (values | values &>> 4) & 0x00ff_00ff_00ff_00ff
  let quads = (pairs | pairs &>> 8) & 0x0000_ffff_0000_ffff
  return UInt32(truncatingIfNeeded: quads | quads &>> 16)
}
