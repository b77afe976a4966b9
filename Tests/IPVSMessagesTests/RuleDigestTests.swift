// SPDX-License-Identifier: Apache-2.0

import IPVSMessages
import IPVSNetlinkFormat
import Testing

@Suite struct RuleDigestTests {
  typealias Digest = @Sendable ([UInt8]) throws -> RuleDigest
  typealias Make = @Sendable (UInt16?, (inout MessageWriter) -> Void) -> [UInt8]

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let digest: Digest
    let make: Make

    /// The attributes that belong to rules; all others are counters.
    let rules: [UInt16]
    let counters: [UInt16]
  }

  static let rows = [
    Row(
      testDescription: "service", digest: { try RuleDigest(ofService: $0.span.bytes) },
      make: { Sample.service(without: $0, adding: $1) },
      rules: [1, 2, 3, 4, 5, 6, 7, 8, 9, 11], counters: [10, 12]),
    Row(
      testDescription: "server", digest: { try RuleDigest(ofServer: $0.span.bytes) },
      make: { Sample.server(without: $0, adding: $1) },
      rules: [1, 2, 3, 4, 5, 6, 11, 13, 14, 15], counters: [7, 8, 9, 10, 12]),
  ]

  @Test(
    "another value, or none, makes another digest where a rule has it, and only there",
    arguments: rows)
  func fields(_ row: Row) throws {
    let digest = try row.digest(row.make(nil, { _ in }))
    #expect(try row.digest(row.make(nil, { _ in })) == digest)
    for type in row.rules + row.counters {
      let isRule = row.rules.contains(type)
      for value: [UInt8] in [[0], [1, 2, 3, 4, 5, 6, 7, 8, 9]] {
        let other = try row.digest(
          row.make(nil, { $0.attribute(type, bytes: value) }))
        #expect((other != digest) == isRule, "attribute \(type)")
      }
    }
    let weightless = try row.digest(row.make(row.rules[2], { _ in }))
    #expect(weightless != digest)
  }

  @Test("an attribute that ends behind the message is an error", arguments: rows)
  func damage(_ row: Row) {
    let payload = row.make(nil, { _ in })
    #expect(throws: NetlinkFormatError.self) {
      try row.digest(Array(payload.dropLast(6)))
    }
  }
}
