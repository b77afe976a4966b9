// SPDX-License-Identifier: Apache-2.0

import CLibnlReference
import IPVSNetlinkFormat
import TestSupport
import Testing

@Suite struct MessageWriterTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var frame = Frame()
    let pieces: [Piece]
    let attributes: [UInt8]

    init(_ name: String, frame: Frame = Frame(), _ pieces: [Piece], _ attributes: [UInt8]) {
      testDescription = name
      self.frame = frame
      self.pieces = pieces
      self.attributes = attributes
    }
  }

  /// What netlink(7) says the bytes are, on a host of little end.
  static let rows: [Row] = [
    Row("no attribute", [], []),
    Row("a byte, and three of padding", [.u8(1, 0xff)], [UInt8](hex: "0500 0100 ff000000")),
    Row("two bytes, and two of padding", [.u16(2, 6)], [UInt8](hex: "0600 0200 06000000")),
    Row("four bytes", [.u32(8, 300)], [UInt8](hex: "0800 0800 2c010000")),
    Row(
      "eight bytes", [.u64(4, 0x0102_0304_0506_0708)],
      [UInt8](hex: "0c00 0400 0807060504030201")),
    Row(
      "flags and mask", [.pair(7, 2, .max)], [UInt8](hex: "0c00 0700 02000000 ffffffff")),
    Row("no bytes", [.bytes(3, [])], [UInt8](hex: "0400 0300")),
    Row("three bytes", [.bytes(3, [1, 2, 3])], [UInt8](hex: "0700 0300 01020300")),
    Row("text and its zero", [.text(6, [0x72, 0x72])], [UInt8](hex: "0700 0600 72720000")),
    Row(
      "text that fills four bytes", [.text(6, [0x77, 0x72, 0x72])],
      [UInt8](hex: "0800 0600 77727200")),
    Row("empty text", [.text(6, [])], [UInt8](hex: "0500 0600 00000000")),
    Row("an empty nest", [.nest(1, [])], [UInt8](hex: "0400 0180")),
    Row(
      "a nest", [.nest(1, [.u16(1, 2), .u32(5, 9)])],
      [UInt8](hex: "1400 0180 0600 0100 02000000 0800 0500 09000000")),
    Row(
      "a nest after an attribute of odd length", [.u8(9, 1), .nest(2, [.u8(1, 7)]), .u8(3, 5)],
      [UInt8](hex: "0500 0900 01000000 0c00 0280 0500 0100 07000000 0500 0300 05000000")),
    Row(
      "nests in nests", [.nest(1, [.nest(2, [.nest(3, [])]), .u8(4, 1)])],
      [UInt8](hex: "1400 0180 0800 0280 0400 0380 0500 0400 01000000")),
    Row(
      "another frame",
      frame: Frame(
        type: 0xfffe, flags: [.request, .dump], sequence: .max, port: 0x0102_0304, command: 255,
        version: 0),
      [.u32(0x3fff, .max)], [UInt8](hex: "0800 ff3f ffffffff")),
  ]

  @Test("attributes are what netlink says", arguments: rows)
  func writes(_ row: Row) {
    let bytes = row.frame.message(row.pieces)
    #expect(Array(bytes.dropFirst(20)) == row.attributes)
    #expect(bytes.number(UInt32.self, at: 0) == UInt32(bytes.count))
  }

  @Test("messages are, byte for byte, what libnl builds", arguments: rows)
  func agrees(_ row: Row) throws {
    try agree(row.frame, row.pieces)
  }

  @Test("random messages are what libnl builds, and read back as what was written")
  func agreesAtRandom() throws {
    var seed = Seed(for: "random messages")
    for _ in 0..<300 {
      let pieces = (0..<Int.random(in: 0...6, using: &seed)).map { _ in
        Piece.random(&seed, depth: 3)
      }
      let frame = Frame(
        type: .random(in: 0 ... .max, using: &seed),
        flags: MessageFlags(rawValue: .random(in: 0 ... .max, using: &seed)),
        sequence: .random(in: 0 ... .max, using: &seed),
        port: .random(in: 1 ... .max, using: &seed),
        command: .random(in: 0 ... .max, using: &seed),
        version: .random(in: 0 ... .max, using: &seed))
      try agree(frame, pieces)
    }
  }

  private func agree(_ frame: Frame, _ pieces: [Piece]) throws {
    let reference = try #require(Reference(frame))
    var result: Int32 = 0
    for piece in pieces { result += piece.write(to: reference) }
    #expect(result == 0)
    let expected = reference.bytes
    #expect(Hex.text(frame.message(pieces)) == Hex.text(expected))
    // What was written reads as libnl's own parser reads it.
    try AttributeTests.agree(on: Array(expected.dropFirst(20)))
  }

  @Test("a datagram holds several messages, and can be emptied")
  func datagram() {
    var writer = MessageWriter(capacity: 4)
    for command: UInt8 in [1, 2] {
      writer.message(
        type: 28, flags: .request, sequence: UInt32(command), port: 0, command: command, version: 1
      ) { $0.attribute(1, number: command) }
    }
    let messages = SentMessage.all(in: writer.bytes)
    #expect(messages.map(\.command) == [1, 2])
    #expect(messages.map(\.sequence) == [1, 2])
    #expect(messages.map(\.attributes) == [1, 2].map { [5, 0, 1, 0, $0, 0, 0, 0] })
    writer.removeAll()
    #expect(writer.bytes.isEmpty)
  }

  @Test("flags have the numbers of linux/netlink.h")
  func flags() {
    #expect(MessageFlags.request.rawValue == UInt16(NLM_F_REQUEST))
    #expect(MessageFlags.multipart.rawValue == UInt16(NLM_F_MULTI))
    #expect(MessageFlags.acknowledge.rawValue == UInt16(NLM_F_ACK))
    #expect(MessageFlags.dump.rawValue == UInt16(NLM_F_ROOT | NLM_F_MATCH))
    #expect(MessageHeader.length == MemoryLayout<nlmsghdr>.size)
  }
}
