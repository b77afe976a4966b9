// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing

/// What counts as a SIP message's Call-ID (RFC 3261, sections 7.3, 20.8 and 25.1). All rows were sent
/// to Linux 6.1.176, whose templates had the Call-IDs given here.
@Suite struct CallIDScannerTests {
  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let message: [UInt8]
    let callID: [UInt8]?

    init(
      _ description: String, first: String = CallIDScannerTests.first, _ rest: String,
      _ callID: String?
    ) {
      testDescription = description
      message = Self.bytes(first + rest)
      self.callID = callID.map(Self.bytes)
    }

    /// The bytes of a text in ISO 8859-1.
    private static func bytes(_ text: String) -> [UInt8] {
      text.unicodeScalars.map { UInt8($0.value) }
    }
  }

  private static let first = "INVITE sip:u@h SIP/2.0\r\n"

  static let rows: [Row] =
    [
      Row("plain", "Via: x\r\nCall-ID: a84b4c76e66710@pc33\r\nTo: b\r\n", "a84b4c76e66710@pc33"),
      Row("letters of any case", "cALL-id: x1\r\n", "x1"),
      Row("compact name", "i: x1\r\n", "x1"),
      Row("compact name, capital", "I:x1\r\n", "x1"),
      Row("no blank", "Call-ID:x1\r\n", "x1"),
      Row("blanks around the colon", "Call-ID \t: \t x1\r\n", "x1"),
      Row("LF", "Call-ID: x1\n", "x1"),
      Row("CR", "Call-ID: x1\r", "x1"),
      Row("only LF", first: "INVITE\n", "Call-ID: x1\n", "x1"),
      Row("only CR", first: "INVITE\r", "Call-ID: x1\r", "x1"),
      Row("a reply", first: "SIP/2.0 200 OK\r\n", "i:z@x\r\n\r\n", "z@x"),
      Row("in the body", "Via: h\r\n\r\nCall-ID: body@x\r\n", "body@x"),
      Row(
        "all characters of a word", "i: -.!%*_+`'~()<>:\\\"/[]?{}@z\r\n",
        "-.!%*_+`'~()<>:\\\"/[]?{}@z"),
      Row("letters of ISO 8859-1", "Call-ID: a\u{ff}@\u{c0}\u{df}\r\n", "a\u{ff}@\u{c0}\u{df}"),
      Row("the first of two", "i: x1\r\nCall-ID: x2\r\n", "x1"),
      Row("the first line", first: "Call-ID: x1\r\n", "Via: y\r\n", nil),
      Row("one line", "", nil),
      Row("an empty datagram", first: "", "", nil),
      Row("no SIP", first: "hello", "", nil),
      Row("a longer name", "Call-IDs: x1\r\ni: x2\r\n", nil),
      Row("another name", "X-Call-ID: x1\r\n", nil),
      Row("another short name", "Info: x1\r\n", nil),
      Row("a short name and a letter", "i\u{e4}: x\r\ni: y\r\n", "y"),
      Row("a short name and no letter", "i\u{f7}: x\r\ni: y\r\n", nil),
      Row("a short name and a digit", "i1: x\r\ni: y\r\n", nil),
    ] + malformedValues + folded + lineEnds + continuedSearches

  private static let malformedValues = [
    Row("end of the datagram behind the value", "Call-ID: x1", nil),
    Row("end of the line, then of the datagram", "i: x\r", "x"),
    Row("a blank behind the value", "Call-ID: a@x \r\nCSeq: 1\r\n", nil),
    Row("a parameter behind the value", "Call-ID: a@x;x=1\r\ni: y\r\n", nil),
    Row("two @", "i: a@b@c\r\ni: y\r\n", nil),
    Row("two words", "Call-ID: a b\r\n", nil),
    Row("a comma", "i: a,b\r\ni: y\r\n", nil),
    Row("UTF-8", "Call-ID: \u{c3}\u{a4}\r\n", nil),
    Row("a multiplication sign", "Call-ID: \u{d7}\r\n", nil),
    Row("a division sign", "Call-ID: \u{f7}\r\n", nil),
    Row("a zero byte", "i: x\0\r\n", nil),
    Row("255 bytes", "i: \(repeated("x", 255))\r\n", repeated("x", 255)),
    Row("256 bytes", "i: \(repeated("x", 256))\r\ni: y\r\n", nil),
    Row(
      "255 bytes in two words", "i: \(repeated("c", 127))@\(repeated("d", 127))\r\n",
      "\(repeated("c", 127))@\(repeated("d", 127))"),
  ]

  private static let folded = [
    Row("value in a folded line", "Call-ID:\r\n x1\r\n", "x1"),
    Row("value in a folded line, LF", "Call-ID:\n\tx2\n", "x2"),
    Row("value in a folded line, CR", "Call-ID:\r\tx2\r", "x2"),
    Row("colon and value in folded lines", "Call-ID \r\n\t: \r\n\tx2\r\n", "x2"),
    Row("two folded lines", "Call-ID:\r\n \r\n x2\r\n", nil),
    Row("an empty folded line, then a field", "Call-ID:\r\n \r\ni: x2\r\n", "x2"),
    Row("a folded line of another field", "Via: y\r\n i: x1\r\n", nil),
    Row("a folded line of the first", " i: x\r\ni: y\r\n", "y"),
    Row("no value", "Call-ID: \r\nVia: y\r\ni: x2\r\n", nil),
    Row("value in a line that is not folded", "Call-ID:\r\nx2\r\ni: y\r\n", nil),
    Row("no value, end of the datagram", "Call-ID:\r\n", nil),
    Row("blanks up to the end of the datagram", "Call-ID: \r\n ", nil),
    Row("a name up to the end of the datagram", "Call-ID", nil),
    Row("a short name up to the end of the datagram", "i", nil),
    Row("a colon up to the end of the datagram", "i:", nil),
  ]

  /// The first byte of a line does not end it.
  private static let lineEnds = [
    Row("an empty line", "\r\ni: x\r\n", "x"),
    Row("LF CR", "\n\ri: x\r\n", "x"),
    Row("two CR and LF", "\r\r\ni: x\r\n", "x"),
    Row("three LF", "\n\n\ni: x\r\n", nil),
  ]

  /// Behind the first value that is no word, the search goes on; behind the next ones, too far on.
  private static let continuedSearches = [
    Row("nothing behind @", "Call-ID: a@\r\ni: x2\r\n", "x2"),
    Row("nothing before @", "Call-ID: @x\r\ni: x2\r\n", "x2"),
    Row("no word", "Call-ID: ;\r\ni: x2\r\n", "x2"),
    Row("a field in the same line", "i: @ i: x\r\n", nil),
    Row("a field in a folded line", "i: @\r\n i: x\r\n", nil),
    Row("many lines", "i: @\(repeated("\r\n", 30))i: x\r\n", "x"),
    Row("two that are none", "Call-ID: a@\r\ni: b@\r\ni: x2\r\n", nil),
    Row(
      "two that are none, and a long line",
      "Call-ID: a@\r\ni: b@\r\nVia: \(repeated("y", 40))\r\ni: x3\r\n", "x3"),
    Row(
      "two that are none, and 20 others",
      "Call-ID: a@\r\ni: b@\r\n" + (10..<30).map { "i: z\($0)\r\n" }.joined(), "z14"),
    Row(
      "three that are none",
      "i: @\r\ni: @\r\ni: @\r\n\(repeated("x", 400))\r\ni: v\r\n", "v"),
  ]

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  private static func callID(of message: [UInt8]) -> [UInt8]? {
    CallIDScanner.find(in: message.span.bytes).map { Array(message[$0]) }
  }

  @Test(arguments: rows)
  func findsWhatTheKernelFinds(_ row: Row) {
    #expect(Self.callID(of: row.message) == row.callID)
    #expect(PlainCallIDSearch.find(in: row.message).map { Array(row.message[$0]) } == row.callID)
  }

  /// In any bytes the scanner finds what a plain search finds, and it takes each byte once.
  @Test func equalsAPlainSearch() {
    var seed = Seed(for: "CallIDScanner")
    let letters = Array("\r\n\r\n\t :@@iIcall-id;\u{e4}x".unicodeScalars.map { UInt8($0.value) })
    for _ in 0..<Seed.cases(usually: 20_000) {
      var message: [UInt8] = []
      for _ in 0..<Int.random(in: 1...4, using: &seed) {
        if Bool.random(using: &seed), let row = Self.rows.randomElement(using: &seed) {
          message += Bool.random(using: &seed) ? row.message : seed.injured(row.message)
        } else {
          message += (0..<Int.random(in: 0...40, using: &seed)).map { _ in
            letters.randomElement(using: &seed) ?? 0
          }
        }
      }
      let expected = PlainCallIDSearch.find(in: message)
      #expect(CallIDScanner.find(in: message.span.bytes) == expected, "seed \(seed.seed)")
      var scanner = CallIDScanner()
      for byte in message where !scanner.isDone { scanner.take(byte) }
      #expect(scanner.found == expected, "seed \(seed.seed)")
    }
  }
}

/// The engine's search, written plainly: it goes back and forth in the message as it likes.
private enum PlainCallIDSearch {
  static func find(in message: [UInt8]) -> Range<Int>? {
    var start = 0
    while let value = nextValue(message, from: start) {
      let length = wordLength(message, at: value)
      if length > 0 {
        let end = value + length
        return length <= 255 && end < message.count && isLineEnd(message[end])
          ? value..<end : nil
      }
      start += value
    }
    return nil
  }

  /// Where the value of the first field named Call-ID begins.
  private static func nextValue(_ message: [UInt8], from start: Int) -> Int? {
    var offset = start
    while offset < message.count {
      guard isLineEnd(message[offset]) else {
        offset += 1
        continue
      }
      let line = behindLineEnd(message, offset)
      if let end = nameEnd(message, at: line) {
        guard let colon = behindBlanks(message, end), colon < message.count,
          message[colon] == UInt8(ascii: ":")
        else { return nil }
        return behindBlanks(message, colon + 1)
      }
      offset = line + 1
    }
    return nil
  }

  private static func nameEnd(_ message: [UInt8], at line: Int) -> Int? {
    let text = message.dropFirst(line)
    if text.prefix(7).map(lowercased) == Array("call-id".utf8) { return line + 7 }
    guard text.count >= 2, lowercased(message[line]) == UInt8(ascii: "i"),
      !isLetter(message[line + 1])
    else { return nil }
    return line + 1
  }

  /// Nil where a line ends that no folded one continues.
  private static func behindBlanks(_ message: [UInt8], _ offset: Int) -> Int? {
    let token = offset + message.dropFirst(offset).prefix(while: isBlank).count
    guard token < message.count, isLineEnd(message[token]) else { return token }
    let line = behindLineEnd(message, token)
    let blanks = message.dropFirst(line).prefix(while: isBlank).count
    return blanks > 0 ? line + blanks : nil
  }

  private static func wordLength(_ message: [UInt8], at offset: Int) -> Int {
    let first = message.dropFirst(offset).prefix(while: isWord).count
    guard first > 0, message.dropFirst(offset + first).first == UInt8(ascii: "@") else {
      return first
    }
    let second = message.dropFirst(offset + first + 1).prefix(while: isWord).count
    return second == 0 ? 0 : first + 1 + second
  }

  private static func behindLineEnd(_ message: [UInt8], _ offset: Int) -> Int {
    let isPair =
      message[offset] == UInt8(ascii: "\r")
      && message.dropFirst(offset + 1).first == UInt8(ascii: "\n")
    return offset + (isPair ? 2 : 1)
  }

  private static let signs = Set("-.!%*_+`'~()<>:\\\"/[]?{}".utf8)

  private static func isWord(_ byte: UInt8) -> Bool {
    isLetter(byte) || (0x30...0x39).contains(byte) || signs.contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(lowercased(byte)) || byte >= 0xc0 && byte != 0xd7 && byte != 0xf7
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0d || byte == 0x0a }
}
