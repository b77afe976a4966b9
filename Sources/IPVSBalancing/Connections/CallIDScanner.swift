// SPDX-License-Identifier: Apache-2.0

/// Finds the Call-ID of a SIP message (RFC 3261, section 20.8) in one pass over its bytes, as the
/// persistence engine `sip` does (ip_vs_pe_sip.c, nf_conntrack_sip.c).
///
/// The engine reads some malformed messages differently from the RFC; each such rule has a comment
/// here and a row in the tests that was seen on Linux 6.1.
struct CallIDScanner {
  /// The most bytes of a Call-ID (`IP_VS_PEDATA_MAXLEN`).
  static let longest = 255

  /// The range of the Call-ID in a message; nil if the message has none that the engine accepts.
  static func find(in message: RawSpan) -> Range<Int>? {
    var scanner = CallIDScanner()
    for offset in message.byteOffsets {
      scanner.take(message.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
      if scanner.isDone { return scanner.found }
    }
    // A value must be followed by the end of its line.
    return nil
  }

  /// What the next byte is taken for.
  private enum Expectation {
    case lineEnd
    /// The LF of a CR LF, or the first byte of a line.
    case lineFeed
    case lineStart
    /// The next byte of the name `Call-ID`.
    case longName
    /// The byte behind the name `i`.
    case endOfShortName
    /// A blank, or what follows the blanks.
    case blanks
    /// The same in a folded line, which the next line cannot continue again.
    case foldedBlanks
    /// The LF of a CR LF between name and value, or the first byte of a folded line.
    case foldedLineFeed
    case foldedLineStart
    case value
    /// Nothing before the offset `resumption`.
    case resumption
  }

  private static let longName: StaticString = "call-id"

  private var expectation = Expectation.lineEnd
  private var offset = 0
  private(set) var isDone = false

  /// The range of the Call-ID; nil as long as there is none.
  private(set) var found: Range<Int>?

  /// How many bytes of the long name were seen.
  private var matched = 0
  private var isBehindColon = false

  private var valueStart = 0
  private var signOffset: Int?

  /// Where the search goes on behind values that are none.
  private var resumption = 0

  /// Takes the next byte of the message.
  @inline(__always)
  mutating func take(_ byte: UInt8) {
    defer { offset += 1 }
    // Most bytes of a message are in lines of other header fields.
    if expectation == .lineEnd { skip(byte) } else { read(byte) }
  }

  /// Looks for the end of a line.
  @inline(__always)
  private mutating func skip(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\n"): expectation = .lineStart
    case UInt8(ascii: "\r"): expectation = .lineFeed
    default: expectation = .lineEnd
    }
  }

  private mutating func read(_ byte: UInt8) {
    switch expectation {
    case .lineEnd: skip(byte)
    case .lineFeed:
      if byte == UInt8(ascii: "\n") { expectation = .lineStart } else { beginLine(byte) }
    case .lineStart: beginLine(byte)
    case .longName: readLongName(byte)
    case .endOfShortName:
      // Only the short name needs to end here.
      if Self.isLetter(byte) { expectation = .lineEnd } else { beginBlanks(byte) }
    case .blanks, .foldedBlanks: readBlanks(byte)
    case .foldedLineFeed:
      if byte == UInt8(ascii: "\n") {
        expectation = .foldedLineStart
      } else {
        beginFoldedLine(byte)
      }
    case .foldedLineStart: beginFoldedLine(byte)
    case .value: readValue(byte)
    case .resumption: resume(byte)
    }
  }

  /// The engine does not look whether the first byte of a line also ends it: of three line feeds in a
  /// row it sees the first and the third.
  private mutating func beginLine(_ byte: UInt8) {
    switch byte | 0x20 {
    case UInt8(ascii: "c"):
      matched = 1
      expectation = .longName
    case UInt8(ascii: "i"): expectation = .endOfShortName
    default: expectation = .lineEnd
    }
  }

  private mutating func readLongName(_ byte: UInt8) {
    let isNext = Self.longName.withUTF8Buffer { Self.lowercased(byte) == $0[matched] }
    guard isNext else { return skip(byte) }
    matched += 1
    guard matched == Self.longName.utf8CodeUnitCount else { return }
    isBehindColon = false
    expectation = .blanks
  }

  private mutating func beginBlanks(_ byte: UInt8) {
    isBehindColon = false
    expectation = .blanks
    readBlanks(byte)
  }

  /// Blanks around the colon may contain the start of a folded line (section 7.3.1).
  private mutating func readBlanks(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"): break
    case UInt8(ascii: "\r") where expectation == .blanks: expectation = .foldedLineFeed
    case UInt8(ascii: "\n") where expectation == .blanks: expectation = .foldedLineStart
    case UInt8(ascii: ":") where !isBehindColon:
      isBehindColon = true
      expectation = .blanks
    default:
      guard isBehindColon else { return end() }
      valueStart = offset
      signOffset = nil
      expectation = .value
      readValue(byte)
    }
  }

  /// A field whose line ends without a value ends the search.
  private mutating func beginFoldedLine(_ byte: UInt8) {
    guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else { return end() }
    expectation = .foldedBlanks
  }

  /// A value is a word, or two words with an `@` between them (section 25.1, `callid`).
  private mutating func readValue(_ byte: UInt8) {
    if Self.isWord(byte) { return }
    if byte == UInt8(ascii: "@"), offset > valueStart, signOffset == nil {
      signOffset = offset
      return
    }
    let isIncomplete = offset == valueStart || signOffset.map { $0 + 1 == offset } == true
    guard isIncomplete else {
      let isLineEnd = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
      return end(isLineEnd && offset - valueStart <= Self.longest ? valueStart..<offset : nil)
    }
    // The engine goes on behind such a value by adding its offset to where the last search began, so
    // that after the second one it may miss fields.
    resumption += valueStart
    expectation = .resumption
    resume(byte)
  }

  private mutating func resume(_ byte: UInt8) {
    if offset >= resumption { skip(byte) }
  }

  private mutating func end(_ range: Range<Int>? = nil) {
    found = range
    isDone = true
  }

  /// Bytes of a word (section 25.1, `word`); as in the kernel, with the letters of ISO 8859-1.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "!"),
      UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "'"), UInt8(ascii: ":"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: "["),
      UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "`"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "~"):
      true
    default: isLetter(byte)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    // The multiplication and division signs are between the letters.
    case 0xc0...0xff: byte != 0xd7 && byte != 0xf7
    default: false
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
