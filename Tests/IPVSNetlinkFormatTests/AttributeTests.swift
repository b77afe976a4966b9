// SPDX-License-Identifier: Apache-2.0

import CLibnlReference
import IPVSNetlinkFormat
import TestSupport
import Testing

/// An attribute as the code under test reads it.
struct Found: Hashable, Sendable {
  let type: UInt16
  let payload: [UInt8]

  init(_ type: UInt16, _ payload: [UInt8]) {
    self.type = type
    self.payload = payload
  }

  static func all(in bytes: [UInt8], skipping header: Int = 0) throws(NetlinkFormatError) -> [Found]
  {
    var found: [Found] = []
    try Attribute.forEach(in: bytes.span.bytes, skipping: header) {
      (type, payload) throws(NetlinkFormatError) in
      found.append(Found(type, payload.withUnsafeBytes { Array($0) }))
    }
    return found
  }
}

@Suite struct AttributeTests {
  struct Good: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    var header = 0
    let expected: [Found]
  }

  static let good: [Good] = [
    Good(testDescription: "nothing", bytes: [], expected: []),
    Good(
      testDescription: "one padded byte", bytes: [UInt8](hex: "0500 0100 ff000000"),
      expected: [Found(1, [0xff])]),
    Good(
      testDescription: "two, in order, the same number twice",
      bytes: [UInt8](hex: "0600 0400 00500000 0600 0400 00510000"),
      expected: [Found(4, [0, 0x50]), Found(4, [0, 0x51])]),
    Good(
      testDescription: "an empty payload, as in padding (IPVS_STATS_ATTR_PAD)",
      bytes: [UInt8](hex: "0400 0b00 0800 0100 01000000"),
      expected: [Found(11, []), Found(1, [1, 0, 0, 0])]),
    Good(
      testDescription: "the marks for nesting and byte order are not part of the number",
      bytes: [UInt8](hex: "0400 0180 0400 0240 0400 03c0"),
      expected: [Found(1, []), Found(2, []), Found(3, [])]),
    Good(
      testDescription: "the last one lacks its padding", bytes: [UInt8](hex: "0500 0100 ff"),
      expected: [Found(1, [0xff])]),
    Good(
      testDescription: "three bytes after the last one are passed over",
      bytes: [UInt8](hex: "0400 0100 aabbcc"), expected: [Found(1, [])]),
    Good(
      testDescription: "after a header", bytes: [UInt8](hex: "deadbeef 0400 0700"), header: 4,
      expected: [Found(7, [])]),
    Good(
      testDescription: "a header that is longer than all", bytes: [1, 2], header: 4, expected: []),
    Good(
      testDescription: "number zero", bytes: [UInt8](hex: "0400 0000"), expected: [Found(0, [])]),
  ]

  @Test("reads", arguments: good)
  func reads(_ row: Good) throws {
    #expect(try Found.all(in: row.bytes, skipping: row.header) == row.expected)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let expected: NetlinkFormatError
  }

  static let bad: [Bad] = [
    Bad(
      testDescription: "more than there is", bytes: [UInt8](hex: "0900 0200 49"),
      expected: .attributeLength(type: 2, claimed: 9, available: 5)),
    Bad(
      testDescription: "less than a header", bytes: [UInt8](hex: "0300 0200 00000000"),
      expected: .attributeLength(type: 2, claimed: 3, available: 8)),
    Bad(
      testDescription: "nothing, which would never end", bytes: [UInt8](hex: "0000 0180"),
      expected: .attributeLength(type: 1, claimed: 0, available: 4)),
    Bad(
      testDescription: "the second one", bytes: [UInt8](hex: "0500 0100 ff000000 ffff 0500 00"),
      expected: .attributeLength(type: 5, claimed: 65535, available: 5)),
  ]

  @Test("refuses a length that does not fit", arguments: bad)
  func refuses(_ row: Bad) {
    #expect(throws: row.expected) { try Found.all(in: row.bytes) }
  }

  @Test("an error thrown by the body ends the iteration and is rethrown")
  func stops() {
    let bytes = [UInt8](hex: "0400 0100 0400 0200 0400 0300")
    var seen: [UInt16] = []
    #expect(throws: NetlinkFormatError.commandUnexpected(9)) {
      try Attribute.forEach(in: bytes.span.bytes) { (type, _) throws(NetlinkFormatError) in
        seen.append(type)
        if type == 2 { throw .commandUnexpected(9) }
      }
    }
    #expect(seen == [1, 2])
  }

  /// Cut anywhere, a message gives the attributes that are whole, or names the one that is not;
  /// never a byte that is not there.
  @Test("every length of a cut message")
  func truncations() throws {
    let whole = [UInt8](hex: "0600 0100 02000000 1400 0180 0500 0200 07000000 0800 0300 01020304")
    let all = try Found.all(in: whole)
    #expect(all.map(\.type) == [1, 1])
    for length in 0..<whole.count {
      let cut = Array(whole.prefix(length))
      switch length {
      case 0..<4: #expect(try Found.all(in: cut) == [])
      case 4..<6:
        #expect(throws: NetlinkFormatError.attributeLength(type: 1, claimed: 6, available: length))
        {
          try Found.all(in: cut)
        }
      case 6..<12: #expect(try Found.all(in: cut) == [all[0]])
      default:
        #expect(
          throws: NetlinkFormatError.attributeLength(type: 1, claimed: 20, available: length - 8)
        ) {
          try Found.all(in: cut)
        }
      }
    }
  }

  @Test("random bytes never crash, end, and read as libnl reads them as far as they are right")
  func randomBytes() throws {
    var seed = Seed(for: "random attributes")
    for _ in 0..<3000 {
      var bytes = seed.bytes(.random(in: 0...64, using: &seed))
      // Random lengths hardly ever fit; small ones often do.
      if Bool.random(using: &seed), bytes.count >= 8 {
        bytes[0] = .random(in: 0...16, using: &seed)
        bytes[1] = 0
      }
      try Self.agree(on: bytes)
    }
  }

  /// libnl stops without a word at an attribute that does not fit; we throw.
  static func agree(on bytes: [UInt8]) throws {
    var types = [UInt16](repeating: 0, count: 256)
    var lengths = types
    let count = bytes.withUnsafeBufferPointer { bytes in
      bytes.baseAddress.map { reference_read($0, bytes.count, &types, &lengths, 256) } ?? 0
    }
    var found: [Found] = []
    var failure: NetlinkFormatError?
    do throws(NetlinkFormatError) {
      try Attribute.forEach(in: bytes.span.bytes) { (type, payload) throws(NetlinkFormatError) in
        found.append(Found(type, payload.withUnsafeBytes { Array($0) }))
      }
    } catch {
      failure = error
    }
    #expect(found.map(\.type) == Array(types[..<count]))
    #expect(found.map { UInt16($0.payload.count) } == Array(lengths[..<count]))
    if case .attributeLength(_, let claimed, let available) = failure {
      #expect(claimed < 4 || claimed > available)
    } else {
      #expect(failure == nil)
    }
  }
}
