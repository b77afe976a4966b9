// SPDX-License-Identifier: Apache-2.0

internal import IPVSPrograms
internal import IPVSText

/// A character beyond ASCII that editors, web pages, and mail put in place of one that was typed.
struct ForeignCharacter {
  let scalar: Unicode.Scalar
  let name: StaticString

  /// What was typed, or what to write instead.
  let ascii: StaticString

  /// Characters by their numbers. None of them is in a name that the system knows.
  private static let table:
    [(range: ClosedRange<UInt32>, name: StaticString, ascii: StaticString)] =
      [
        (0x2010...0x2011, "a typographic hyphen", "-"), (0x2012...0x2012, "a figure dash", "-"),
        (0x2013...0x2013, "an en dash", "-"), (0x2014...0x2014, "an em dash", "--"),
        (0x2015...0x2015, "a horizontal bar", "--"), (0x2212...0x2212, "a minus sign", "-"),
        (0x2043...0x2043, "a hyphen bullet", "-"), (0xfe58...0xfe58, "a small em dash", "--"),
        (0xfe63...0xfe63, "a small hyphen", "-"), (0xff0d...0xff0d, "a full-width hyphen", "-"),
        (0x00ad...0x00ad, "a soft hyphen", ""),
        (0x2018...0x201f, "a typographic quotation mark", ""),
        (0x2032...0x2036, "a typographic prime", ""), (0x00ab...0x00ab, "a quotation mark", ""),
        (0x00bb...0x00bb, "a quotation mark", ""), (0x2039...0x203a, "a quotation mark", ""),
        (0x00a0...0x00a0, "a no-break space", " "), (0x2000...0x200a, "a typographic space", " "),
        (0x202f...0x202f, "a narrow no-break space", " "), (0x205f...0x205f, "a wide space", " "),
        (0x3000...0x3000, "an ideographic space", " "), (0x2028...0x2029, "a line separator", " "),
        (0x200b...0x200f, "an invisible character", ""),
        (0x202a...0x202e, "an invisible character", ""),
        (0x2060...0x2069, "an invisible character", ""),
        (0xfeff...0xfeff, "an invisible byte order mark", ""),
        (0x2044...0x2044, "a fraction slash", "/"), (0x2215...0x2215, "a division slash", "/"),
        (0x2236...0x2236, "a ratio sign", ":"), (0xfe55...0xfe55, "a small colon", ":"),
        (0x2026...0x2026, "an ellipsis", "..."),
        (0xff01...0xff0c, "a full-width character", ""),
        (0xff0e...0xff5e, "a full-width character", ""),
      ]

  /// The byte order mark, which some editors write in front of a text.
  static let byteOrderMark: UInt32 = 0xfeff

  private init?(_ scalar: Unicode.Scalar) {
    guard let row = Self.table.first(where: { $0.range.contains(scalar.value) }) else { return nil }
    self.scalar = scalar
    name = row.name
    ascii = row.ascii
  }

  /// The first such character of a word, and whether the word begins with it.
  static func first(in word: ByteString) -> (character: ForeignCharacter, isFirst: Bool)? {
    guard word.bytes.contains(where: { $0 >= 0x80 }) else { return nil }
    for (index, scalar) in word.description.unicodeScalars.enumerated() {
      if let character = ForeignCharacter(scalar) { return (character, index == 0) }
    }
    return nil
  }

  /// A word with what was typed in place of such characters.
  static func corrected(_ word: ByteString) -> ByteString {
    var text = TextBuffer()
    for scalar in word.description.unicodeScalars {
      // The full-width form of each character of ASCII.
      if (0xff01...0xff5e).contains(scalar.value) {
        text.append(byte: UInt8(scalar.value - 0xfee0))
      } else if let character = ForeignCharacter(scalar) {
        character.ascii.withUTF8Buffer { text.append(contentsOf: $0) }
      } else {
        text.append(String(scalar))
      }
    }
    return ByteString(text.bytes)
  }

  /// `U+2013 (an en dash)`.
  var wording: MessageText {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
    return "U+\(zeros)\(digits) (\(name))"
  }
}
