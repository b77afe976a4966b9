// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSNetlinkFormat
import IPVSSockets
import TestSupport
import Testing

/// The machine's own kernel: every one has a controller of generic netlink, with IPVS or without.
@Suite struct KernelTests {
  @Test("the controller itself is family 16")
  func controller() throws {
    let socket = try NetlinkSocket(.kernel)
    #expect(try socket.number(ofFamily: "nlctrl") == 16)
    #expect(socket.port != 0)
  }

  @Test("a family that does not exist is absent, time and again")
  func absent() throws {
    let socket = try NetlinkSocket(.kernel)
    for _ in 0..<3 {
      #expect(throws: SocketError.familyAbsent) { try socket.number(ofFamily: "no-such-one") }
    }
    #expect(try socket.number(ofFamily: "nlctrl") == 16)
  }

  @Test("a name longer than any is refused, not absent")
  func longName() throws {
    let socket = try NetlinkSocket(.kernel)
    let name = String(repeating: "x", count: 40)
    let failure = #expect(throws: SocketError.self) { try socket.number(ofFamily: name) }
    #expect(failure != .familyAbsent)
    #expect(failure != .silence)
  }

  /// Look-ups of the controller by its number, encoded here and decoded by the kernel.
  @Test("the kernel understands what we write, many requests in a datagram")
  func batch() throws {
    let socket = try NetlinkSocket(.kernel)
    var writer = MessageWriter()
    let known = socket.nextSequence()
    let unknown = socket.nextSequence()
    let acknowledged = socket.nextSequence()
    for (sequence, id) in [(known, 16), (unknown, 0x3ff), (acknowledged, 16)]
      as [(UInt32, UInt16)]
    {
      writer.message(
        type: 16, flags: sequence == acknowledged ? [.request, .acknowledge] : [.request],
        sequence: sequence, port: socket.port, command: 3, version: 1
      ) { $0.attribute(1, number: id) }
    }
    try socket.send(writer.bytes)
    var heard: [Heard] = []
    while heard.count < 4 { heard += try socket.hear() }
    #expect(heard.map(\.sequence) == [known, unknown, acknowledged, acknowledged])
    #expect(heard.map(\.event) == [.reply, .refused(errno: ENOENT), .reply, .acknowledged])
    let name = Array("nlctrl".utf8) + [0]
    var found: [UInt8] = []
    let reply = heard[0].payload
    try Attribute.forEach(in: reply.span.bytes, skipping: GenericHeader.length) {
      type, payload in
      if type == 2 { found = payload.withUnsafeBytes { Array($0) } }
    }
    #expect(found == name)
  }

  @Test("all families are dumped, up to the end")
  func dump() throws {
    let socket = try NetlinkSocket(.kernel)
    let sequence = socket.nextSequence()
    var writer = MessageWriter()
    writer.message(
      type: 16, flags: [.request, .dump], sequence: sequence, port: socket.port, command: 3,
      version: 1
    ) { _ in }
    try socket.send(writer.bytes)
    var heard: [Heard] = []
    while heard.last?.event != .done(errno: 0) { heard += try socket.hear() }
    #expect(heard.count > 1)
    #expect(heard.allSatisfy { $0.sequence == sequence })
    #expect(heard.dropLast().allSatisfy { $0.event == .reply })
  }

  @Test(
    "a wait without an answer ends after the time that was asked for",
    arguments: [0, 30] as [UInt32])
  func silence(patience: UInt32) throws {
    let socket = try NetlinkSocket(.kernel, patience: patience)
    let start = ContinuousClock.now
    #expect(throws: SocketError.silence) { try socket.hear() }
    let waited = start.duration(to: .now)
    #expect(waited >= .milliseconds(patience) - .milliseconds(10))
  }

  @Test("a datagram that is too long is refused by the kernel")
  func tooLong() throws {
    let socket = try NetlinkSocket(.kernel)
    #expect(throws: SocketError.refused(errno: EMSGSIZE)) {
      try socket.send([UInt8](repeating: 0, count: 1 << 22))
    }
  }
}
