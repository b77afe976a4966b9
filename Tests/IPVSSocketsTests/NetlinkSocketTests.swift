// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSNetlinkFormat
import IPVSSockets
import TestSupport
import Testing

/// An event of a socket.
struct Heard: Hashable, Sendable {
  let event: NetlinkSocket.Event
  let sequence: UInt32
  let payload: [UInt8]

  init(_ event: NetlinkSocket.Event, _ sequence: UInt32, _ payload: [UInt8] = []) {
    self.event = event
    self.sequence = sequence
    self.payload = payload
  }
}

extension NetlinkSocket {
  func hear() throws(SocketError) -> [Heard] {
    var heard: [Heard] = []
    try receive { event, sequence, payload in
      heard.append(Heard(event, sequence, payload.withUnsafeBytes { Array($0) }))
    }
    return heard
  }

  /// Sends one request for each sequence number; all ask for information.
  func ask(_ sequences: [UInt32]) throws(SocketError) {
    var writer = MessageWriter()
    for sequence in sequences {
      writer.message(
        type: 28, flags: [.request], sequence: sequence, port: port, command: 15, version: 1
      ) { _ in }
    }
    try send(writer.bytes)
  }
}

@Suite struct NetlinkSocketTests {
  private static let body = [UInt8](hex: "0e010000 0800010001020100")

  @Test("requests go out as they are, and replies come in one by one")
  func exchange() throws {
    let transport = ScriptedTransport([
      .datagram([.reply(Self.body), .done(1)]), .datagram([.refused(ENOENT, 2)]),
    ])
    let socket = try NetlinkSocket(.transport(transport))
    try socket.ask([7, 8, 9])
    #expect(transport.sent.map { $0.map(\.sequence) } == [[7, 8, 9]])
    #expect(transport.sent.joined().allSatisfy { $0.port == socket.port })
    #expect(try socket.hear() == [Heard(.reply, 7, Self.body), Heard(.acknowledged, 8)])
    #expect(try socket.hear() == [Heard(.refused(errno: ENOENT), 9)])
    #expect(throws: SocketError.silence) { try socket.hear() }
  }

  @Test("a dump comes a datagram at a time, and says how it ended")
  func dump() throws {
    let transport = ScriptedTransport([
      .datagram([.entry(Self.body), .entry(Self.body)]), .datagram([.entry(Self.body)]),
      .datagram([.end()]), .datagram([.end(ENOMEM)]),
    ])
    let socket = try NetlinkSocket(.transport(transport))
    try socket.ask([1])
    #expect(try socket.hear().count == 2)
    #expect(try socket.hear().count == 1)
    #expect(try socket.hear() == [Heard(.done(errno: 0), 1)])
    #expect(try socket.hear() == [Heard(.done(errno: ENOMEM), 1)])
  }

  @Test("a dump that was interrupted says so before each message that is marked")
  func interrupted() throws {
    let flags = Answer.interrupted
    let transport = ScriptedTransport([
      .datagram([.entry(Self.body), .entry(Self.body, flags: flags)]), .datagram([.end()]),
    ])
    let socket = try NetlinkSocket(.transport(transport))
    try socket.ask([1])
    let events = try socket.hear().map(\.event)
    #expect(events == [.reply, .interrupted, .reply])
    #expect(try socket.hear().map(\.event) == [.done(errno: 0)])
  }

  /// An error of another request must not hide the answers to this one.
  @Test("an error does not keep the rest of its datagram from being delivered")
  func afterError() throws {
    let transport = ScriptedTransport([
      .datagram([.refused(EPERM).astray, .entry(Self.body), .refused(ESRCH), .end()])
    ])
    let socket = try NetlinkSocket(.transport(transport))
    try socket.ask([1])
    let events = try socket.hear().map(\.event)
    #expect(
      events == [.refused(errno: EPERM), .reply, .refused(errno: ESRCH), .done(errno: 0)])
  }

  struct Trouble: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let step: ScriptedTransport.Step
    let expected: SocketError

    init(_ name: String, _ step: ScriptedTransport.Step, _ expected: SocketError) {
      testDescription = name
      self.step = step
      self.expected = expected
    }
  }

  static let troubles: [Trouble] = [
    Trouble("silence", .failed(errno: ETIMEDOUT), .silence),
    Trouble("replies lost", .failed(errno: ENOBUFS), .overrun),
    Trouble("the other end gone", .failed(errno: ECONNRESET), .closed),
    Trouble("the pipe broken", .failed(errno: EPIPE), .closed),
    Trouble("an empty datagram, as at the end of a stream", .bytes([]), .closed),
    Trouble(
      "an errno without a case of its own", .failed(errno: ENETDOWN), .refused(errno: ENETDOWN)),
    Trouble("a negative errno", .failed(errno: -5), .refused(errno: EIO)),
    Trouble("the most negative errno", .failed(errno: .min), .refused(errno: EIO)),
    Trouble("an errno of 0", .failed(errno: 0), .refused(errno: EIO)),
    Trouble("one byte", .bytes([0]), .malformed),
    Trouble("noise", .bytes([UInt8](repeating: 0xa5, count: 64)), .malformed),
    Trouble("zeros", .bytes([UInt8](repeating: 0, count: 64)), .malformed),
    Trouble(
      "more than the largest datagram", .bytes([UInt8](repeating: 0, count: 65537)), .malformed),
    Trouble(
      "an error that ends before its errno and request",
      .datagram([Answer(.other(type: 2, [0xff, 0xff, 0xff, 0xff]))]), .malformed),
    Trouble("an error beyond all errnos", .datagram([.refused(70000)]), .malformed),
    Trouble("the most negative error", .datagram([Answer(.verdict(.min))]), .malformed),
    Trouble("a positive error", .datagram([.refused(-1)]), .malformed),
    Trouble("the end of a dump with no errno", .datagram([.end(70000)]), .malformed),
    Trouble(
      "lost messages", .datagram([Answer(.other(type: 4, []))]), .malformed),
  ]

  @Test("a typed error for", arguments: troubles)
  func trouble(_ row: Trouble) throws {
    let socket = try NetlinkSocket(.transport(ScriptedTransport([row.step])))
    try socket.ask([1])
    #expect(throws: row.expected) { try socket.hear() }
  }

  @Test("a datagram that is cut off anywhere gives what is whole, or an error")
  func cutOff() throws {
    let answers: [Answer] = [.reply(Self.body), .done(), .refused(ENOENT)]
    let whole = ScriptedTransport.datagram(answers, to: [])
    let ends = [28, 64, whole.count]
    for length in 0...whole.count {
      let socket = try NetlinkSocket(.transport(ScriptedTransport([.cut(answers, to: length)])))
      if let index = ends.firstIndex(of: length) {
        #expect(try socket.hear().count == index + 1)
      } else {
        #expect(throws: length == 0 ? SocketError.closed : .malformed, "\(length) bytes") {
          try socket.hear()
        }
      }
    }
  }

  @Test(
    "a peer that refuses a datagram",
    arguments: [(ECONNREFUSED, ECONNREFUSED), (-1, EIO)] as [(Int32, Int32)])
  func sendRefused(errno: Int32, expected: Int32) throws {
    let transport = ScriptedTransport()
    transport.rejections = [errno]
    let socket = try NetlinkSocket(.transport(transport))
    #expect(throws: SocketError.refused(errno: expected)) { try socket.ask([1]) }
  }

  @Test("sequence numbers follow one another")
  func sequence() throws {
    let socket = try NetlinkSocket(.transport(ScriptedTransport()))
    let first = socket.nextSequence()
    #expect(socket.nextSequence() == first &+ 1)
  }

  /// A transport may itself use a socket.
  @Test("one socket may be behind another")
  func nested() throws {
    let far = ScriptedTransport([.datagram([.reply(Self.body)]), .datagram([.done()])])
    let socket = try NetlinkSocket(.transport(RelayingTransport(far)))
    #expect(try socket.number(ofFamily: "IPVS") == 28)
    try socket.ask([1])
    #expect(try socket.hear().map(\.event) == [.reply])
    #expect(try socket.hear().map(\.event) == [.acknowledged])
    #expect(throws: SocketError.silence) { try socket.hear() }
  }

  @Test("random bytes never crash, and give an error or whole messages")
  func randomBytes() throws {
    var seed = Seed(for: "random datagrams")
    let answers: [Answer] = [.entry(Self.body), .done(), .refused(ENOENT), .end()]
    let whole = ScriptedTransport.datagram(answers, to: [])
    for _ in 0..<2000 {
      let bytes =
        Bool.random(using: &seed)
        ? seed.injured(whole) : seed.bytes(.random(in: 0...200, using: &seed))
      let socket = try NetlinkSocket(.transport(ScriptedTransport([.bytes(bytes)])))
      _ = Result { () throws(SocketError) in try socket.hear() }
    }
  }
}

/// A transport whose every datagram goes through a second socket, which libnl serves in the middle of
/// serving the first.
private final class RelayingTransport: Transport {
  private let far: ScriptedTransport

  init(_ far: ScriptedTransport) {
    self.far = far
  }

  func send(_ datagram: RawSpan) -> Int32 {
    exchange() ? far.send(datagram) : EIO
  }

  func receive() -> Received {
    exchange() ? far.receive() : .failed(errno: EIO)
  }

  private func exchange() -> Bool {
    let other = ScriptedTransport([.datagram([.done()])])
    guard let socket = try? NetlinkSocket(.transport(other)) else { return false }
    return (try? socket.hear().count) == 1 && (try? socket.number(ofFamily: "IPVS")) == 28
  }
}
