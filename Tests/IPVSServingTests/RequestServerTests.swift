// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSServing
import IPVSText
import Testing

/// Many clients at one socket, some of which misbehave.
@Suite struct RequestServerTests {
  /// Answers a datagram that begins with the bytes n and m with n*256 + m datagrams: each has the
  /// number of datagrams before it in its first two bytes.
  final class Counting: RequestHandler {
    struct NetlinkSession {
      var due = 0..<0
    }

    private(set) var requests = 0
    private(set) var answers = 0
    static let answerLength = 1000

    static let refusal: [UInt8] = [9]

    func begin() -> NetlinkSession { NetlinkSession() }

    func refusal() -> [UInt8] { Self.refusal }

    private(set) var failures: [Int32] = []

    func cannotAccept(errno: Int32) { failures.append(errno) }

    func answer(_ datagram: RawSpan, in session: inout NetlinkSession) {
      requests += 1
      guard datagram.byteCount >= 2 else { return }
      let count = datagram.unsafeLoadUnaligned(as: UInt16.self).bigEndian
      session.due = 0..<Int(count)
    }

    func nextDatagram(in session: inout NetlinkSession) -> [UInt8]? {
      guard let next = session.due.popFirst() else { return nil }
      answers += 1
      return Self.answer(next)
    }

    static func answer(_ number: Int) -> [UInt8] {
      [UInt8(number >> 8), UInt8(number & 255)]
        + [UInt8](repeating: 7, count: answerLength - 2)
    }
  }

  struct Bench: ~Copyable {
    let folder: TemporaryFolder
    let path: ByteString
    var server: RequestServer<Counting.NetlinkSession>
    let answering = Counting()
    var set = PollSet()

    init(mostClients: Int = 1000) throws {
      let folder = try TemporaryFolder()
      let listener = try Listener(SocketClaim(at: folder.path(of: "engine")))
      self.folder = folder
      path = listener.path
      server = RequestServer(listener, mostClients: mostClients)
    }

    mutating func turn(_ count: Int = 1) {
      for _ in 0..<count {
        set.removeAll()
        server.watch(into: &set, at: 0)
        set.wait(0)
        server.handleEvents(set, at: 0, answering)
      }
    }

    mutating func client() throws -> TestClient {
      let client = try #require(TestClient(path))
      turn()
      return client
    }
  }

  @Test("each gets the answers to its own questions, in order")
  func clients() throws {
    var bench = try Bench()
    var clients: [TestClient] = []
    for _ in 0..<20 { clients.append(try bench.client()) }
    for (index, client) in clients.enumerated() { client.send([0, UInt8(index)]) }
    bench.turn(2)
    for (index, client) in clients.enumerated() {
      #expect(client.receiveAll() == (0..<index).map(Counting.answer))
    }
  }

  @Test("a client that does not read costs little, delays no other, and loses nothing")
  func stalled() throws {
    var bench = try Bench()
    let stalled = try bench.client()
    let other = try bench.client()
    stalled.send([0x27, 0x10])
    bench.turn(100)
    let made = bench.answering.answers
    #expect(made < 2000)
    // What it asks meanwhile is left for later.
    stalled.send([0, 1])
    other.send([0, 2])
    bench.turn()
    #expect(other.receiveAll().count == 2)
    #expect(bench.answering.answers == made + 2 && bench.answering.requests == 2)
    var all: [[UInt8]] = []
    for _ in 0..<1000 where all.count < 10001 {
      all += stalled.receiveAll()
      bench.turn()
    }
    #expect(all == (0..<10000).map(Counting.answer) + [Counting.answer(0)])
  }

  @Test("what a client sent before it closed is carried out", arguments: [0, 3])
  func closed(_ answersLeftUnread: UInt8) throws {
    var bench = try Bench()
    do {
      let client = try bench.client()
      client.send([0, answersLeftUnread])
      bench.turn(2)
      client.send([0, 1])
      client.send([0x27, 0x10])
      client.send([0, 1])
    }
    bench.turn(400)
    #expect(bench.answering.requests == 4)
    let next = try bench.client()
    next.send([0, 1])
    bench.turn()
    #expect(next.receiveAll().count == 1)
  }

  @Test("a datagram that is too long ends its sender's connection, and no other")
  func tooLong() throws {
    var bench = try Bench()
    let client = try bench.client()
    let other = try bench.client()
    let limit = RequestServer<Counting.NetlinkSession>.largestDatagram
    client.enlarge(to: Int32(2 * limit))
    #expect(client.send([0, 1] + [UInt8](repeating: 0, count: limit - 2)))
    bench.turn()
    #expect(client.receiveAll().count == 1)
    #expect(client.send([0, 1] + [UInt8](repeating: 0, count: limit - 1)))
    other.send([0, 1])
    bench.turn()
    #expect(client.receive() == .end)
    #expect(other.receiveAll().count == 1)
  }

  @Test("an empty datagram is ignored, and ends nothing")
  func empty() throws {
    var bench = try Bench()
    let client = try bench.client()
    client.send([])
    bench.turn(3)
    client.send([0, 1])
    bench.turn()
    #expect(client.receiveAll().count == 1 && bench.answering.requests == 1)
  }

  @Test("a client that stops sending gets its answers, and is then disconnected")
  func halfClosed() throws {
    var bench = try Bench()
    let client = try bench.client()
    client.send([0, 2])
    client.stopSending()
    bench.turn()
    #expect(client.receiveAll().count == 2)
    bench.turn()
    #expect(client.receive() == .end)
    // Only the listener is left to wait for.
    bench.turn()
    #expect(bench.set.count == 1 && !bench.set.isReady(at: 0))
  }

  @Test("a client that stops sending and does not read is not handled again and again")
  func halfClosedAndStalled() throws {
    var bench = try Bench()
    let client = try bench.client()
    client.send([0x27, 0x10])
    client.stopSending()
    bench.turn(100)
    #expect(bench.set.count == 2 && !bench.set.isReady(at: 1))
    var all: [[UInt8]] = []
    for _ in 0..<1000 where all.count < 10000 {
      all += client.receiveAll()
      bench.turn()
    }
    #expect(all.count == 10000)
    bench.turn(2)
    #expect(bench.set.count == 1)
  }

  @Test("requests behind an empty datagram are carried out after the client closed")
  func closedBehindEmpty() throws {
    var bench = try Bench()
    do {
      let client = try bench.client()
      for datagram in [[0, 1], [], [], [0, 1]] as [[UInt8]] { client.send(datagram) }
    }
    bench.turn(10)
    #expect(bench.answering.requests == 2)
    #expect(bench.set.count == 1)
  }

  @Test("a client too many is told so and disconnected, until another one leaves")
  func full() throws {
    var bench = try Bench(mostClients: 3)
    var clients: [TestClient] = []
    for _ in 0..<3 { clients.append(try bench.client()) }
    for _ in 0..<5 {
      let late = try bench.client()
      late.send([0, 1])
      #expect(late.receive() == .datagram(Counting.refusal))
      #expect(late.receive() == .end)
    }
    clients.removeLast()
    let next = try bench.client()
    next.send([0, 1])
    bench.turn()
    #expect(next.receiveAll() == [Counting.answer(0)])
  }

  @Test("a socket whose files were removed is made anew within a second")
  func removedFiles() throws {
    var bench = try Bench()
    try bench.server.keepSocket(at: 1)
    let early = try bench.client()
    for name in try bench.folder.content { try bench.folder.remove(name) }
    try bench.server.keepSocket(at: 1000)
    #expect(try bench.folder.content == [])
    try bench.server.keepSocket(at: 1001)
    #expect(try bench.folder.content == ["engine", "engine.lock"])
    let late = try bench.client()
    for client in [early, late] { client.send([0, 1]) }
    bench.turn()
    #expect(early.receiveAll().count == 1 && late.receiveAll().count == 1)
  }

  @Test("a server whose path another one has taken ends")
  func displaced() throws {
    var bench = try Bench()
    for name in try bench.folder.content { try bench.folder.remove(name) }
    let other = try Listener(SocketClaim(at: bench.path))
    #expect(throws: ListenerError.inUse(bench.path)) { try bench.server.keepSocket(at: 1) }
    withExtendedLifetime(other) {}
  }
}
