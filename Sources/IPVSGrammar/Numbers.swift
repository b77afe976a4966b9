// SPDX-License-Identifier: Apache-2.0

/// Why text is not a number that is wanted.
public enum NumberFault: Error, Hashable, Sendable {
  case notANumber
  case outOfRange
}

/// A decimal number as strtol(3) reads it, taking up the whole text: blanks may come before it, then
/// one sign, then any number of digits.
enum WholeNumber {
  /// The number, if it is in `range`.
  static func read(_ text: Span<UInt8>, in range: ClosedRange<Int>) -> Result<Int, NumberFault> {
    var index = 0
    while index < text.count, isBlank(text[index]) { index += 1 }
    var isNegative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < text.count else { return .failure(.notANumber) }
    var magnitude = 0
    var overflows = false
    while index < text.count {
      guard isDigit(text[index]) else { return .failure(.notANumber) }
      let (product, high) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, higher) = product.addingReportingOverflow(Int(text[index] - UInt8(ascii: "0")))
      overflows = overflows || high || higher
      magnitude = sum
      index += 1
    }
    let value = isNegative ? 0 &- magnitude : magnitude
    guard !overflows, range.contains(value) else { return .failure(.outOfRange) }
    return .success(value)
  }
}

/// The length of an IPv6 prefix as atoi(3) reads it: what follows the digits does not count.
enum PrefixLength {
  /// The number at the beginning of `text`; nil unless it is in 1...128.
  static func read(_ text: Span<UInt8>) -> UInt32? {
    var index = 0
    while index < text.count, isBlank(text[index]) { index += 1 }
    if index < text.count, text[index] == UInt8(ascii: "+") { index += 1 }
    var value = 0
    while index < text.count, isDigit(text[index]), value <= 128 {
      value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
      index += 1
    }
    return (1...128).contains(value) ? UInt32(value) : nil
  }
}
