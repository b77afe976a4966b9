// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import TestSupport
import Testing

/// A connection to an engine: here to a listening socket of the test.
@Suite struct EnginePeerTests {
  @Test("datagrams pass both ways, one packet each")
  func exchange() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path))
    let peer = try engine.accepted()
    try socket.ask([5, 6])
    let requests = SentMessage.all(in: try #require(peer.packet()))
    #expect(requests.map(\.sequence) == [5, 6])
    #expect(requests.allSatisfy { $0.port == socket.port })
    peer.send(ScriptedTransport.datagram([.done(0)], to: requests))
    peer.send(ScriptedTransport.datagram([.refused(ENOENT, 1)], to: requests))
    #expect(try socket.hear() == [Heard(.acknowledged, 5)])
    #expect(try socket.hear() == [Heard(.refused(errno: ENOENT), 6)])
  }

  @Test("an engine that closes, before a question and after it")
  func closes() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path))
    do { _ = try engine.accepted() }
    #expect(throws: SocketError.closed) { try socket.hear() }
    #expect(throws: SocketError.closed) { try socket.ask([1]) }
  }

  /// What a full engine sends to a client.
  private static let refusal =
    [UInt8](hex: "24000000 0200 0001 00000000 00000000 a9ffffff") + [UInt8](repeating: 0, count: 16)

  @Test(
    "a full engine says so and closes: before a question, after it, and with the question unread")
  func full() throws {
    let engine = try Listener()
    for asksEarly in [false, true] {
      let socket = try NetlinkSocket(.engine(path: engine.path))
      let peer = try engine.accepted()
      if asksEarly { try socket.ask([1]) }
      peer.send(Self.refusal)
      peer.end()
      if !asksEarly {
        #expect(throws: SocketError.full) { try socket.ask([1]) }
      } else {
        #expect(throws: SocketError.full) { try socket.hear() }
      }
    }
    let socket = try NetlinkSocket(.engine(path: engine.path))
    let peer = try engine.accepted()
    peer.send(Self.refusal)
    #expect(throws: SocketError.full) { _ = try socket.number(ofFamily: "IPVS") }
  }

  @Test("the same error as an answer to a request is a refusal of that request")
  func refusedRequest() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path))
    let peer = try engine.accepted()
    try socket.ask([7])
    let requests = SentMessage.all(in: try #require(peer.packet()))
    peer.send(ScriptedTransport.datagram([.refused(87)], to: requests))
    #expect(try socket.hear() == [Heard(.refused(errno: 87), 7)])
  }

  @Test("an engine that reads no more requests, or accepts no connections")
  func stuck() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path), patience: 20)
    #expect(throws: SocketError.silence) {
      for _ in 0..<100_000 { try socket.ask([1]) }
    }
    var sockets = 0
    #expect(throws: SocketError.silence) {
      for _ in 0..<100 {
        _ = try NetlinkSocket(.engine(path: engine.path), patience: 20)
        sockets += 1
      }
    }
    #expect(sockets > 0)
  }

  @Test("the wait for an answer can be shortened")
  func shortened() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path), patience: 60_000)
    let peer = try engine.accepted()
    socket.limitWait(to: 20)
    let begun = ContinuousClock.now
    #expect(throws: SocketError.silence) { try socket.hear() }
    #expect(ContinuousClock.now - begun < .seconds(30))
    withExtendedLifetime(peer) {}
  }

  @Test("an engine that is silent", arguments: [0, 20] as [UInt32])
  func silent(patience: UInt32) throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path), patience: patience)
    let peer = try engine.accepted()
    #expect(throws: SocketError.silence) { try socket.hear() }
    withExtendedLifetime(peer) {}
  }

  @Test("a packet larger than any datagram is not cut and read")
  func large() throws {
    let engine = try Listener()
    let socket = try NetlinkSocket(.engine(path: engine.path))
    let peer = try engine.accepted()
    let acknowledgement = ScriptedTransport.datagram([.done()], to: [])
    // Messages of 64 bytes fill the first 65,536 bytes, so that a datagram cut there would look whole.
    var whole: [UInt8] = []
    let noise = Answer(.other(type: 28, [UInt8](repeating: 0, count: 48)))
    while whole.count < 65536 { whole += ScriptedTransport.datagram([noise], to: []) }
    #expect(whole.count == 65536)
    peer.send(whole + acknowledgement)
    #expect(throws: SocketError.malformed) { try socket.hear() }
  }

  @Test("no process listens")
  func noListener() {
    #expect(throws: SocketError.refused(errno: ENOENT)) {
      _ = try NetlinkSocket(.engine(path: Array("/nonexistent/engine".utf8)))
    }
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 108)
    #expect(throws: SocketError.refused(errno: ENAMETOOLONG)) {
      _ = try NetlinkSocket(.engine(path: long))
    }
    #expect(throws: SocketError.refused(errno: ENAMETOOLONG)) {
      _ = try NetlinkSocket(.engine(path: [0x2f, 0, 0x61]))
    }
  }
}

/// A descriptor that closes with its owner.
private final class Connection {
  private var descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { end() }

  func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  func send(_ packet: [UInt8]) {
    #expect(Glibc.send(descriptor, packet, packet.count, Int32(MSG_NOSIGNAL)) == packet.count)
  }

  func packet() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let length = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return length < 0 ? nil : Array(buffer[..<length])
  }
}

/// A listening unix socket in a directory of its own.
private final class Listener {
  let path: [UInt8]
  private let directory: [CChar]
  private let descriptor: Int32

  init() throws {
    var template = "/tmp/ipvs-test-XXXXXX".utf8CString.map { $0 }
    try #require(mkdtemp(&template) != nil)
    directory = template
    path = template.dropLast().map { UInt8(bitPattern: $0) } + Array("/engine".utf8)
    descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    try #require(result == 0)
    try #require(listen(descriptor, 4) == 0)
  }

  deinit {
    close(descriptor)
    unlink(path.map { CChar(bitPattern: $0) } + [0])
    rmdir(directory)
  }

  func accepted() throws -> Connection {
    let accepted = accept(descriptor, nil, nil)
    try #require(accepted >= 0)
    return Connection(accepted)
  }
}
