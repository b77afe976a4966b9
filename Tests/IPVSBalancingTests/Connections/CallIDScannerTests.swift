import TestSupport
import Testing

@testable import IPVSBalancing

/// What counts as a SIP message's Call-ID (RFC 3261, sections 7.3, 20.8 and 25.1).
@Suite struct CallIdentityTests {
  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let identity: String?

    init(_ description: String, _ message: String, _ identity: String?) {
      testDescription = description
      self.message = message
      self.identity = identity
    }
  }

  private static let first = "INVITE sip:b@example.net SIP/2.0\r\n"

  static let rows: [Row] = [
    Row(
      "plain", "\(first)Via: x\r\nCall-ID: a84b4c76e66710@pc33\r\nTo: b\r\n", "a84b4c76e66710@pc33"),
    Row("letters do not matter", "\(first)cALL-id: x1\r\n", "x1"),
    Row("compact", "\(first)i: x1\r\n", "x1"),
    Row("compact, large", "\(first)I:x1\r\n", "x1"),
    Row("no blank", "\(first)Call-ID:x1\r\n", "x1"),
    Row("blanks around the colon", "\(first)Call-ID \t: \t x1\r\n", "x1"),
    Row("on the next line", "\(first)Call-ID:\r\n x1\r\n", "x1"),
    Row("line feeds alone", "INVITE\nCall-ID: x1\n", "x1"),
    Row("carriage returns alone", "INVITE\rCall-ID: x1\r", "x1"),
    Row(
      "all signs of a word", "\(first)i: -.!%*_+`'~()<>:\\\"/[]?{}@z\r\n",
      "-.!%*_+`'~()<>:\\\"/[]?{}@z"),
    Row("the first of two", "\(first)i: x1\r\nCall-ID: x2\r\n", "x1"),
    Row("behind an empty one", "\(first)Call-ID: \r\nVia: y\r\ni: x2\r\n", "x2"),
    Row("the first line is none", "Call-ID: x1\r\nVia: y\r\n", nil),
    Row("a line that goes on is none", "\(first)Via: y\r\n i: x1\r\n", nil),
    Row("another name", "\(first)Info: x1\r\n", nil),
    Row("no colon", "\(first)Call-IDs: x1\r\ni: x2\r\n", nil),
    Row("no end of the line", "\(first)Call-ID: x1", nil),
    Row("more than a word", "\(first)Call-ID: x1 x2\r\n", nil),
    Row("half of it", "\(first)Call-ID: x1@\r\n", nil),
    Row("nothing", "", nil),
    Row("one line", first, nil),
    Row(
      "the longest", "\(first)i: \(String(repeating: "x", count: 255))\r\n",
      String(repeating: "x", count: 255)),
    Row("too long", "\(first)i: \(String(repeating: "x", count: 256))\r\n", nil),
  ]

  @Test(arguments: rows)
  func finds(_ row: Row) {
    #expect(CallIdentity.find(in: Array(row.message.utf8)) == row.identity.map { Array($0.utf8) })
  }

  /// Whatever comes: what is found stands in the message, and is neither empty nor too long.
  @Test func noiseIsRead() {
    var seed = Seed(for: "CallIdentity")
    let letters = Array("\r\n\r\n\t :@iIcall-id".utf8)
    for _ in 0..<Seed.cases(usually: 20_000) {
      let message: [UInt8] =
        if Bool.random(using: &seed), let row = Self.rows.randomElement(using: &seed) {
          seed.injured(Array(row.message.utf8))
        } else {
          (0..<Int.random(in: 0...40, using: &seed)).map { _ in
            letters.randomElement(using: &seed) ?? 0
          }
        }
      guard let identity = CallIdentity.find(in: message) else { continue }
      #expect((1...CallIdentity.longest).contains(identity.count), "seed \(seed.seed)")
      let isThere = message.indices.contains { message[$0...].starts(with: identity) }
      #expect(isThere, "seed \(seed.seed)")
    }
  }
}
