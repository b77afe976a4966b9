// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// What netlink itself makes of a datagram (af_netlink.c, genetlink.c), before IPVS sees any of it.
@Suite struct FramingTests {
  private typealias Bytes = RequestBytes

  /// What came back of a datagram: types, and errnos where there are any.
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let datagram: [UInt8]
    let expected: [String]

    init(_ description: String, _ datagram: [UInt8], _ expected: String...) {
      testDescription = description
      self.datagram = datagram
      self.expected = expected
    }
  }

  private static func summary(_ datagrams: [[UInt8]]) -> [String] {
    datagrams.map { datagram in
      SentMessage.all(in: datagram).map { message in
        switch (message.type, message.verdict) {
        case (2, 0?): "ack"
        case (2, let errno?): "error \(errno)"
        case (3, _): "done"
        default: "\(message.type)"
        }
      }.joined(separator: " ")
    }
  }

  private static let info: UInt8 = 15
  private static let flush: UInt8 = 17
  private static let getInfo = Bytes.message(info, flags: 1)

  private static func edited(_ bytes: [UInt8], length: UInt32) -> [UInt8] {
    withUnsafeBytes(of: length) { Array($0) } + bytes.dropFirst(4)
  }

  private static let noRequest: UInt16 = 4

  static let rows: [Row] = [
    Row("nothing", []),
    Row("less than a header", [UInt8](repeating: 1, count: 15)),
    Row("a length below a header's", edited(getInfo, length: 15) + getInfo),
    Row("a length beyond the datagram", edited(getInfo, length: 21)),
    Row("a good message before a cut one", getInfo + getInfo.dropLast(), "28"),
    Row("two messages", getInfo + getInfo, "28", "28"),
    Row(
      "an odd length, and padding",
      Bytes.message(info, flags: 1, [0]) + [0, 0, 0] + getInfo, "28", "28"),
    Row("an odd length at the end", Bytes.message(info, flags: 1, [0, 0]), "28"),
    Row("NLMSG_NOOP", Bytes.message(type: 1, flags: 1, payload: [])),
    Row("NLMSG_NOOP with ACK", Bytes.message(type: 1, payload: []), "ack"),
    Row("the last reserved type", Bytes.message(type: 15, payload: [1]), "ack"),
    Row("a reply that is sent to us", Bytes.message(type: 2, flags: 0, payload: [0, 0, 0, 0])),
    Row("no request", Bytes.message(flush, flags: noRequest), "ack"),
    Row("an unknown family", Bytes.message(type: 30, payload: [1, 1, 0, 0]), "error 2"),
    Row("no family's number", Bytes.message(type: .max, payload: []), "error 2"),
    Row("no generic header", Bytes.message(payload: []), "error 22"),
    Row("half a generic header", Bytes.message(payload: [flush, 1]), "error 22"),
    Row("an unknown command", Bytes.message(99, flags: 1), "error 95"),
    Row("a nest of three bytes", Bytes.message(flush, [7, 0, 1, 0, 1, 2, 3, 0]), "error 34"),
    Row("an attribute beyond the end", Bytes.message(flush, [9, 0, 1, 0, 1, 2, 3, 0]), "ack"),
    Row("the reply before the ACK", Bytes.message(info), "28", "ack"),
    Row("no ACK for a dump", Bytes.message(11, flags: 0x305), "done"),
    Row(
      "no dump before the end of another",
      Bytes.message(4, type: 16, flags: 0x305) + Bytes.message(3, type: 16, flags: 0x305)
        + Bytes.message(11, flags: 0x305),
      "error 95", "16 16 16", "error 16", "done"),
    Row(
      "REPLACE and EXCL are a dump", Bytes.message(flush, flags: 0x305), "error 95"),
    Row("half the flags of a dump", Bytes.message(flush, flags: 0x105), "ack"),
    Row("the controller's other commands", Bytes.message(1, type: 16), "error 95"),
    Row(
      "the policies of a family that has none",
      Bytes.message(10, type: 16, flags: 0x301, Bytes.attribute(2, text: "IPVS_ENGINE")),
      "error 61"),
    Row("a look-up of nothing", Bytes.message(3, type: 16), "error 22"),
    Row(
      "a look-up by number",
      Bytes.message(3, type: 16, flags: 1, Bytes.attribute(1, number: 28 as UInt16)), "16"),
    Row(
      "a look-up by an unknown number",
      Bytes.message(3, type: 16, Bytes.attribute(1, number: 99 as UInt16)), "error 2"),
    Row(
      "a look-up by number and another name",
      Bytes.message(
        3, type: 16, Bytes.attribute(1, number: 28 as UInt16) + Bytes.attribute(2, text: "ipvs")),
      "error 2"),
    Row(
      "a number of one byte", Bytes.message(3, type: 16, Bytes.attribute(1, [28])), "error 34"),
    Row(
      "a name of 15 bytes",
      Bytes.message(3, type: 16, Bytes.attribute(2, text: "123456789012345")), "error 2"),
    Row(
      "a name of 16 bytes",
      Bytes.message(3, type: 16, Bytes.attribute(2, text: "1234567890123456")), "error 22"),
    Row(
      "a name and much behind it",
      Bytes.message(
        3, type: 16, Bytes.attribute(2, Array("IPVS".utf8) + [UInt8](repeating: 0, count: 13))),
      "error 34"),
  ]

  @Test(arguments: rows)
  func isAnsweredAsByTheKernel(_ row: Row) {
    #expect(Self.summary(Talk().ask(row.datagram)) == row.expected)
  }

  @Test func errorsEchoTheWholeRequestAndSuccessItsHeader() {
    let refused = Bytes.message(99, sequence: 5, [1, 2, 3])
    let done = Bytes.message(Self.flush, sequence: 6)
    let answers = Talk().ask(refused + [0] + done)
    let errno = withUnsafeBytes(of: -95 as Int32) { Array($0) }
    var expected = Bytes.message(type: 2, flags: 0, sequence: 5, payload: errno + refused) + [0]
    #expect(answers.first == expected)
    expected = Bytes.message(
      type: 2, flags: 0x100, sequence: 6, payload: [0, 0, 0, 0] + done.prefix(16))
    #expect(answers.last == expected)
  }

  @Test func otherUsersMayLookFamiliesUpAndNothingElse() {
    let talk = Talk(isAdministrator: false)
    let lookUp = Bytes.message(3, type: 16, flags: 1, Bytes.attribute(2, text: "IPVS"))
    #expect(Self.summary(talk.ask(lookUp)) == ["16"])
    for command in 1...17 as ClosedRange<UInt8> where command != 14 {
      #expect(Self.summary(talk.ask(Bytes.message(command))) == ["error 1"])
      #expect(Self.summary(talk.ask(Bytes.message(command, flags: 0x305))) == ["error 1"])
    }
    #expect(Self.summary(talk.ask(Bytes.message(14))) == ["error 95"])
  }
}
