// SPDX-License-Identifier: Apache-2.0

/// How many decimal digits a number has: 1...20.
@inlinable
public func decimalDigitCount(_ number: UInt64) -> Int {
  var count = 1
  var rest = number
  while rest >= 10_000 {
    rest /= 10_000
    count += 4
  }
  return count + (rest >= 10 ? 1 : 0) + (rest >= 100 ? 1 : 0) + (rest >= 1000 ? 1 : 0)
}

extension MutableRawSpan {
  /// Writes `number` in decimal digits over the bytes from `start`, and returns the offset after the
  /// last. Needs as many bytes as there are digits.
  public mutating func writeDecimal(_ number: UInt64, at start: Int) -> Int {
    let end = start + decimalDigitCount(number)
    var position = end
    var rest = number
    repeat {
      position -= 1
      write(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), at: position)
      rest /= 10
    } while position > start
    return end
  }
}

// Connections are listed by the million, and most of their bytes are short numbers. These are made
// without a branch for each digit: all digits are looked up, leading zeros are shifted out, and blanks
// follow the last digit.

/// The three digits of each number below 1000, the first in the lowest byte; the highest byte is
/// empty. All bytes are characters ^ blank, so that a shift moves in blanks.
///
/// Counted up digit by digit: a short run spends a tenth of its time on a table that divides.
private let threeDigits = {
  var table = InlineArray<1000, UInt32>(repeating: 0)
  let zero = UInt32(UInt8(ascii: "0") ^ UInt8(ascii: " "))
  var number = 0
  for hundreds in zero..<zero + 10 {
    for tens in zero..<zero + 10 {
      for ones in zero..<zero + 10 {
        table[number] = hundreds | tens << 8 | ones << 16
        number += 1
      }
    }
  }
  return table
}()

extension MutableRawSpan {
  /// As `writeDecimal`, but needs eight bytes, and writes blanks after the digits.
  public mutating func writeShort(_ number: UInt16, at start: Int) -> Int {
    write(short: number, at: start)
  }

  /// Writes the four bytes of `number`, highest first, in decimal digits with dots between them, and
  /// returns the offset after the last digit. Needs 16 bytes, and writes a blank after the digits.
  public mutating func writeOctets(_ number: UInt32, at start: Int) -> Int {
    write(octets: number, followedBy: UInt8(ascii: " "), at: start) &- 1
  }

  /// Writes the four octets, a colon, and the digits of `short`, and returns the offset after the last.
  /// Needs 24 bytes, and writes blanks after the digits.
  public mutating func writeOctets(
    _ number: UInt32, colon short: UInt16, at start: Int
  ) -> Int {
    let end = write(octets: number, followedBy: UInt8(ascii: ":"), at: start)
    return write(short: short, at: end)
  }

  @inline(__always)
  private mutating func write(short number: UInt16, at start: Int) -> Int {
    let thousands = Int(number) / 1000
    let rest = Int(number) &- 1000 &* thousands
    let leading =
      (number < 10 ? 1 : 0) &+ (number < 100 ? 1 : 0) &+ (number < 1000 ? 1 : 0)
      &+ (number < 10_000 ? 1 : 0)
    // There are 65 thousands at most: two digits of three.
    var text = UInt64(threeDigits[thousands] &>> 8) | UInt64(threeDigits[rest]) &<< 16
    text = text &>> UInt64(truncatingIfNeeded: 8 &* leading) ^ 0x2020_2020_2020_2020
    storeBytes(of: text.littleEndian, toByteOffset: start, as: UInt64.self)
    return start &+ 5 &- leading
  }

  /// Returns the offset after the separator.
  @inline(__always)
  private mutating func write(
    octets number: UInt32, followedBy separator: UInt8, at start: Int
  ) -> Int {
    var end = write(octet: number &>> 24, followedBy: UInt8(ascii: "."), at: start)
    end = write(octet: number &>> 16, followedBy: UInt8(ascii: "."), at: end)
    end = write(octet: number &>> 8, followedBy: UInt8(ascii: "."), at: end)
    return write(octet: number, followedBy: separator, at: end)
  }

  @inline(__always)
  private mutating func write(octet: UInt32, followedBy separator: UInt8, at start: Int) -> Int {
    let octet = octet & 0xff
    let leading = (octet < 10 ? 1 : 0) &+ (octet < 100 ? 1 : 0)
    var text = threeDigits[Int(octet)] | UInt32(separator ^ UInt8(ascii: " ")) &<< 24
    text = text &>> UInt32(truncatingIfNeeded: 8 &* leading) ^ 0x2020_2020
    storeBytes(of: text.littleEndian, toByteOffset: start, as: UInt32.self)
    return start &+ 4 &- leading
  }
}
