// SPDX-License-Identifier: Apache-2.0

import IPVSText
import TestSupport
import Testing

@Suite struct TextBufferTests {
  private func text(_ fill: (inout TextBuffer) -> Void) -> String {
    var buffer = TextBuffer()
    fill(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test(
    "numbers have all their digits, at the right of their column",
    arguments: [
      (0, 0, "0"), (0, 3, "  0"), (7, 1, "7"), (10, 2, "10"), (99, 3, " 99"), (1000, 3, "1000"),
      (UInt64.max, 8, "18446744073709551615"), (UInt64.max, 21, " 18446744073709551615"),
    ] as [(UInt64, Int, String)])
  func numbers(number: UInt64, width: Int, expected: String) {
    #expect(text { $0.right(width, number) } == expected)
  }

  @Test("negative and wide numbers are printed whole")
  func otherNumbers() {
    #expect(text { $0.append(-12) } == "-12")
    #expect(text { $0.right(5, -12) } == "  -12")
    #expect(text { $0.append(UInt128.max) } == "340282366920938463463374607431768211455")
  }

  @Test("a number of any length is printed as Swift prints it")
  func everyLength() {
    var random = Seed(for: "TextBuffer")
    for digits in 0..<64 {
      for number in [1 << digits, UInt64.random(in: 0...(1 << digits), using: &random)] {
        #expect(text { $0.append(number) } == String(number), "seed \(random.seed)")
        #expect(decimalDigitCount(number) == String(number).count, "seed \(random.seed)")
      }
    }
  }

  @Test("powers of ten and their neighbours have the right number of digits")
  func powersOfTen() {
    var power: UInt64 = 1
    for digits in 1...19 {
      #expect(decimalDigitCount(power) == digits)
      #expect(decimalDigitCount(power - 1) == max(1, digits - 1))
      #expect(text { $0.append(power) } == String(power))
      power &*= 10
    }
  }

  @Test("every 16-bit number is written over other bytes, with blanks after it")
  func shortNumbers() {
    for number in UInt16.min...UInt16.max {
      let written = text { buffer in
        buffer.append(atMost: 9) { line in
          for position in 0..<9 { line.write(byte: 0xa5, at: position) }
          let end = line.writeShort(number, at: 1)
          if end != 1 + String(number).count { Issue.record("\(number) ends at \(end)") }
          line.write(byte: UInt8(ascii: "|"), at: 0)
          return 9
        }
      }
      let digits = String(number)
      if written != "|" + digits + String(repeating: " ", count: 8 - digits.count) {
        Issue.record("\(number): \(written)")
      }
    }
  }

  @Test("every octet is written at each of the four positions")
  func octets() {
    for octet in UInt32(0)...255 {
      for shift in [UInt32(0), 8, 16, 24] {
        let number = 0x0a0b_0c0d & ~(0xff << shift) | octet << shift
        let expected = [24, 16, 8, 0].map { String(number >> $0 & 0xff) }.joined(separator: ".")
        #expect(text { $0.append(atMost: 16) { $0.writeOctets(number, at: 0) } } == expected)
      }
    }
  }

  @Test("a column is padded with blanks, and wider text is not cut")
  func columns() {
    #expect(text { $0.left(4) { $0.append("ab") } } == "ab  ")
    #expect(text { $0.left(2) { $0.append("ab") } } == "ab")
    #expect(text { $0.left(1) { $0.append("abc") } } == "abc")
    #expect(text { $0.left(2) { _ in } } == "  ")
  }

  @Test("a cut counts from its start, and keeps shorter text")
  func cuts() {
    #expect(
      text {
        $0.append("abcdef")
        $0.cut(from: 1, to: 3)
      } == "abcd")
    #expect(
      text {
        $0.append("abc")
        $0.cut(from: 1, to: 3)
      } == "abc")
    #expect(
      text {
        $0.append("abc")
        $0.truncate(to: 1)
      } == "a")
    #expect(
      text {
        $0.append("abc")
        $0.truncate(to: 5)
      } == "abc")
  }

  @Test("bytes that are not kept are removed")
  func lines() {
    let written = text { buffer in
      buffer.append("<")
      buffer.append(atMost: 10) { line in line.write(Array("abc".utf8).span, at: 2) }
      buffer.append(">")
    }
    #expect(written == "<  abc>")
    #expect(text { $0.append(atMost: 0) { _ in 0 } } == "")
  }

  @Test("all functions that append text append the same bytes")
  func texts() {
    let bytes: [UInt8] = [0x41, 0xff, 0x00, 0x42]
    var one = TextBuffer()
    one.append(ByteString(bytes))
    var other = TextBuffer(capacity: 4)
    other.append(copying: bytes.span)
    var third = TextBuffer()
    third.append(copying: one)
    var fourth = TextBuffer()
    fourth.append(contentsOf: bytes)
    #expect(
      [one.bytes, other.bytes, third.bytes, fourth.bytes] == Array(repeating: bytes, count: 4))
    one.removeAll()
    #expect(one.bytes.isEmpty && one.count == 0)
  }
}
