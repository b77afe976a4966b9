/// The length of an IPv6 prefix as atoi(3) reads it: what follows the digits does not count.
enum PrefixLength {
  /// Nil unless the number is in 1...128.
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
