/// What tells a SIP message's call from others (RFC 3261, section 20.8), as the persistence engine `sip`
/// finds it (ip_vs_pe_sip.c).
enum CallIdentity {
  /// Longer ones are no use (`IP_VS_PEDATA_MAXLEN`).
  static let longest = 255

  /// The value of the first header field of this kind, in its long form or its compact one. Nil where
  /// there is none, and where it does not end with its line.
  static func find(in message: [UInt8]) -> [UInt8]? {
    var rest = message[...]
    while let line = lineBehindNext(rest) {
      rest = line
      guard let named = behindName(line) else { continue }
      guard let value = value(named) else { return nil }
      let identity = value.prefix(wordLength(value))
      guard !identity.isEmpty else { continue }
      guard identity.count <= longest, let end = value.dropFirst(identity.count).first,
        isLineEnd(end)
      else { return nil }
      return Array(identity)
    }
    return nil
  }

  /// From the beginning of the next line on. The first line says what the message is, and is none.
  private static func lineBehindNext(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = text.firstIndex(where: isLineEnd) else { return nil }
    let isPair = text[end] == UInt8(ascii: "\r") && text[(end + 1)...].first == UInt8(ascii: "\n")
    let line = text[(end + (isPair ? 2 : 1))...]
    return line.isEmpty ? nil : line
  }

  /// What follows the field's name; nil where the line has another one. Only the short name needs a sign
  /// behind it that is no letter.
  private static func behindName(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let name = Array("call-id".utf8)
    if line.prefix(name.count).map(lowercased) == name { return line.dropFirst(name.count) }
    guard let first = line.first, lowercased(first) == UInt8(ascii: "i"),
      let second = line.dropFirst().first, !isLetter(second)
    else { return nil }
    return line.dropFirst()
  }

  /// What follows the colon; nil without one.
  private static func value(_ named: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let colon = behindBlanks(named)
    guard colon.first == UInt8(ascii: ":") else { return nil }
    return behindBlanks(colon.dropFirst())
  }

  /// A line may go on in the next one, which then begins with a blank (section 7.3.1).
  private static func behindBlanks(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let rest = text.drop(while: isBlank)
    guard let line = lineBehindNext(rest), rest.first.map(isLineEnd) == true,
      line.first.map(isBlank) == true
    else { return rest }
    return line.drop(while: isBlank)
  }

  /// How long the value is: a word, or two with an `@` between them (section 25.1, `callid`).
  private static func wordLength(_ value: ArraySlice<UInt8>) -> Int {
    let first = value.prefix(while: isWord).count
    guard first > 0, value.dropFirst(first).first == UInt8(ascii: "@") else { return first }
    let second = value.dropFirst(first + 1).prefix(while: isWord).count
    return second == 0 ? 0 : first + 1 + second
  }

  private static let signs = Set("-.!%*_+`'~()<>:\\\"/[]?{}".utf8)

  private static func isWord(_ byte: UInt8) -> Bool {
    isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || signs.contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased(byte))
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
  }
}
