/// How many decimal digits a number has: 1...20.
@inlinable
public func decimalDigitCount(_ number: UInt64) -> Int {
  var digits = 1
  var limit: UInt64 = 10
  while number >= limit, digits < 19 {
    digits += 1
    limit *= 10
  }
  return number >= limit ? digits + 1 : digits
}

extension MutableSpan<UInt8> {
  /// Writes `number` in decimal digits over the bytes from `start`, and returns the position behind
  /// the last.
  ///
  /// Stops the program if there is no room.
  @inlinable
  public mutating func writeDecimal(_ number: UInt64, at start: Int) -> Int {
    let end = start + decimalDigitCount(number)
    var position = end
    var rest = number
    repeat {
      position -= 1
      self[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while position > start
    return end
  }
}
