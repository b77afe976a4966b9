// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import TestSupport
import Testing

@Suite struct FamilyLookUpTests {
  private static let found = Answer.reply(Recordings.controllerReply)

  @Test("the number is in the controller's reply")
  func number() throws {
    let transport = ScriptedTransport()
    let socket = try NetlinkSocket(.transport(transport))
    #expect(try socket.number(ofFamily: "IPVS") == 28)
    #expect(transport.lookUps == 1)
    #expect(transport.sent.isEmpty)
  }

  @Test("a controller that does not know the name")
  func absent() throws {
    let socket = try NetlinkSocket(.transport(ScriptedTransport()))
    #expect(throws: SocketError.familyAbsent) { try socket.number(ofFamily: "IPVX") }
  }

  struct Trouble: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let steps: [ScriptedTransport.Step]
    let expected: SocketError

    init(_ name: String, _ steps: [ScriptedTransport.Step], _ expected: SocketError) {
      testDescription = name
      self.steps = steps
      self.expected = expected
    }
  }

  /// A family is absent only if the controller says so.
  static let troubles: [Trouble] = [
    Trouble("no such family", [.datagram([.refused(ENOENT)])], .familyAbsent),
    Trouble("not allowed", [.datagram([.refused(EPERM)])], .refused(errno: EPERM)),
    Trouble("no memory", [.datagram([.refused(ENOMEM)])], .refused(errno: ENOMEM)),
    Trouble("no errno", [.datagram([.refused(70000)])], .malformed),
    Trouble("silence", [], .silence),
    Trouble("the other end closed", [.bytes([])], .closed),
    Trouble("replies lost", [.failed(errno: ENOBUFS)], .overrun),
    Trouble("noise", [.bytes([1, 2, 3])], .malformed),
    Trouble("an acknowledgement alone", [.datagram([.done()])], .malformed),
    Trouble("the answer to another question", [.datagram([found.astray])], .malformed),
    Trouble("a reply without attributes", [.datagram([.reply([1, 2, 0, 0])])], .malformed),
    Trouble("a reply without a header", [.datagram([.reply([1])])], .malformed),
    Trouble(
      "a reply without a number",
      [.datagram([.reply([UInt8](hex: "01020000 0900020049505653 00000000"))])], .malformed),
    Trouble("a reply that is cut off", [.cut([found], to: 40)], .malformed),
    Trouble(
      "a dump that does not end",
      [ScriptedTransport.Step](
        repeating: .datagram([Answer(.other(type: 1, []), flags: Answer.multipart)]), count: 9),
      .malformed),
  ]

  @Test("a typed error for", arguments: troubles)
  func trouble(_ row: Trouble) throws {
    let socket = try NetlinkSocket(.transport(ScriptedTransport(lookUp: .script(row.steps))))
    #expect(throws: row.expected) { try socket.number(ofFamily: "IPVS") }
  }

  @Test("a peer that refuses the question")
  func sendRefused() throws {
    let transport = ScriptedTransport()
    transport.rejections = [ENOTCONN]
    let socket = try NetlinkSocket(.transport(transport))
    #expect(throws: SocketError.refused(errno: ENOTCONN)) { try socket.number(ofFamily: "IPVS") }
  }

  @Test("injured replies never crash")
  func injured() throws {
    var seed = Seed(for: "injured look-ups")
    let whole = ScriptedTransport.datagram([Self.found], to: [])
    for _ in 0..<1000 {
      let transport = ScriptedTransport(lookUp: .script([.bytes(seed.injured(whole))]))
      let socket = try NetlinkSocket(.transport(transport))
      _ = Result { () throws(SocketError) in try socket.number(ofFamily: "IPVS") }
    }
  }
}
