// SPDX-License-Identifier: Apache-2.0

import CLibnlReference
import IPVSNetlinkFormat
import TestSupport
import Testing

/// What only answers have: messages of no family, numbers on eight bytes, nests without a mark.
@Suite struct AnswerWritingTests {
  /// A writer whose memory is full of an earlier datagram, so that a byte that is not written shows.
  private static func used() -> MessageWriter {
    var writer = MessageWriter()
    let remains = [UInt8](repeating: 0xa5, count: 400)
    writer.message(type: 1, flags: [], sequence: 0, port: 0, command: 0, version: 0) {
      $0.attribute(1, bytes: remains)
    }
    writer.removeAll()
    return writer
  }

  private static func header(_ type: ReservedType) -> MessageHeader {
    MessageHeader(
      length: 0, type: type.rawValue, flags: .capped, sequence: 0x0102_0304, port: 0x0506_0708)
  }

  @Test("a message holds a number, a copy, and padding")
  func plain() {
    var writer = Self.used()
    let copy = [UInt8](hex: "aabbccddee")
    writer.message(Self.header(.error), number: -22, copying: copy.span.bytes)
    writer.message(Self.header(.done), number: 0, copying: RawSpan())
    let first = [UInt8](hex: "19000000 0200 0001 04030201 08070605 eaffffff aabbccddee 000000")
    let second = [UInt8](hex: "14000000 0300 0001 04030201 08070605 00000000")
    #expect(Hex.text(writer.bytes) == Hex.text(first + second))
  }

  @Test("a number of eight bytes gets padding where it needs it")
  func aligned() {
    var writer = Self.used()
    writer.message(type: 28, flags: [], sequence: 0, port: 0, command: 1, version: 1) { writer in
      writer.attribute(1, aligned: 1, padding: 11)  // begins at 20: its payload at 24
      writer.attribute(2, aligned: 2, padding: 11)  // begins at 32: its payload would be at 36
      // The nest begins at 48, and what is in it at 52.
      writer.nest(3, isMarked: false) { $0.attribute(4, aligned: 3, padding: 11) }
    }
    let expected = [UInt8](
      hex: """
        0c00 0100 0100000000000000 0400 0b00 0c00 0200 0200000000000000
        1000 0300 0c00 0400 0300000000000000
        """)
    #expect(Hex.text(writer.bytes.dropFirst(20)) == Hex.text(expected))
  }

  @Test("what does not fit can be taken back")
  func truncated() {
    var writer = Self.used()
    for sequence in 1...3 as ClosedRange<UInt32> {
      writer.message(type: 28, flags: [], sequence: sequence, port: 0, command: 1, version: 1) {
        $0.attribute(1, number: sequence)
      }
      if sequence == 2 { writer.truncate(to: 28) }
    }
    writer.truncate(to: 1000)
    #expect(SentMessage.all(in: writer.bytes).map(\.sequence) == [1, 3])
    #expect(writer.count == 56)
  }

  @Test("reserved types have the numbers of linux/netlink.h")
  func types() {
    #expect(Int(ReservedType.error.rawValue) == NLMSG_ERROR)
    #expect(Int(ReservedType.done.rawValue) == NLMSG_DONE)
    #expect(Int(ReservedType.firstFamily) == NLMSG_MIN_TYPE)
    #expect(MessageFlags.capped.rawValue == UInt16(NLM_F_CAPPED))
  }
}
