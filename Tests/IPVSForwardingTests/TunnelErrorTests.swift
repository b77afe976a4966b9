// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSAddresses
import IPVSBalancing
import IPVSDevices
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSForwarding

/// ICMP errors about the director's own tunnels.
@Suite struct TunnelErrorTests {
  /// Packets of `Tests/Recordings/walks`.
  private struct Walk: Decodable {
    struct Step: Decodable {
      let side: String?
      let bytes: String?
      let out: [[String]]?
    }

    let steps: [Step]
  }

  private static let walks = RecordingFolder.load("walks", as: Walk.self)
    .filter { $0.name.hasPrefix("tunnels-") }

  private static let kinds: [String: ServerSettings] = [
    "tunnels-ipip": ServerSettings(forwarding: 2),
    "tunnels-gue": ServerSettings(forwarding: 2, tunnelKind: 1, tunnelPort: 6080),
    "tunnels-gre": ServerSettings(forwarding: 2, tunnelKind: 2),
    "tunnels-gre-csum": ServerSettings(forwarding: 2, tunnelKind: 2, tunnelFlags: 1),
  ]

  private static func balancer(_ server: ServerSettings) throws -> Balancer {
    var balancer = Balancer(seed: 1)
    for (transport, port) in [(6, 80), (17, 53)] as [(UInt16, UInt16)] {
      let key = ServiceKey(.ipv4, transport: transport, address: 0x0a00_0001, port: port)
      try balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: .max))
      try balancer.addServer(
        ServerKey(.ipv4, address: 0x0a02_0001, port: port), to: key, server, HostNetwork())
    }
    return balancer
  }

  /// The packets to the recordings' client, without the identification, which the director chooses.
  private static func reports(_ packets: [[UInt8]]) -> [String] {
    packets.filter { $0[16..<20] == [198, 51, 100, 7] }.map { packet in
      var packet = packet
      for offset in [4, 5, 10, 11] { packet[offset] = 0 }
      return Hex.text(packet)
    }
  }

  /// Whether an error is about a foreign tunnel: one that does not begin at the error's destination. A
  /// capture does not name the director's addresses.
  private static func isAboutOthers(_ packet: [UInt8]) -> Bool {
    packet[9] == 1 && packet.count >= 44 && packet[40..<44] == [10, 2, 0, 9]
  }

  @Test(
    "the director of a replay reports to clients what the kernel reported",
    arguments: walks.map(\.name))
  func replay(_ name: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).in")
    let result = file.appendingPathExtension("out")
    defer { for file in [file, result] { try? FileManager.default.removeItem(at: file) } }
    let walk = try #require(Self.walks.first { $0.name == name }).content
    var expected: [[UInt8]] = []
    var capture = try CaptureWriter(ByteString(file.path))
    for step in walk.steps {
      guard let bytes = step.bytes.flatMap(Hex.bytes) else { continue }
      try capture.write(CapturedPacket(time: 0, bytes: bytes))
      guard !Self.isAboutOthers(bytes) else { continue }
      expected += (step.out ?? []).compactMap { Hex.bytes($0[1]) }
    }
    try capture.finish()
    var balancer = try Self.balancer(try #require(Self.kinds[name]))
    // The recordings were made on 6.1.
    balancer.settings.kernel = .oldest
    var replay = Replay(
      try CaptureReader(ByteString(file.path)), to: try CaptureWriter(ByteString(result.path)),
      balancer)
    while try replay.step(&balancer) {}
    var reader = try CaptureReader(ByteString(result.path))
    var sent: [[UInt8]] = []
    while let packet = try reader.next() { sent.append(packet.bytes) }
    #expect(Self.reports(expected).count > 20)
    #expect(Self.reports(sent) == Self.reports(expected))
  }

  /// A router's error about a packet that the director sent, as `ICMPErrorTaps` reads it.
  private static func error(about outer: [UInt8], to target: [UInt8]) -> [UInt8] {
    var message: [UInt8] = [3, 1, 0, 0, 0, 0, 0, 0] + outer
    let length = 20 + message.count
    let sum = ~InternetChecksum.fold(
      InternetChecksum.sum(of: message.span.bytes, in: 0..<message.count))
    withUnsafeBytes(of: sum) { message.replaceSubrange(2..<4, with: $0) }
    var packet: [UInt8] = [0x45, 0xc0, UInt8(length >> 8), UInt8(length & 0xff), 0, 0, 0, 0, 64, 1]
    packet += [0, 0, 10, 2, 9, 9] + target + message
    packet.finishIPv4Header()
    return packet
  }

  /// What a director behind a router sends for the copy of an error, after a datagram through a tunnel.
  private func passCopy(
    to target: [UInt8], _ edit: (inout [UInt8]) -> Void = { _ in }
  ) throws -> (sent: [[UInt8]], forwarded: ForwardingCounters, totals: Counters) {
    var director = TestDirector(try Self.balancer(ServerSettings(forwarding: 2)))
    var port = ArrayPort([Datagram.ipv4(length: 60)])
    director.turn(&port)
    var outer = try #require(port.sent.first?.bytes)
    edit(&outer)
    let memory = FrameMemory()
    director.forwarder.pass(
      .tunnel, memory.copy(Self.error(about: outer, to: target)), &director.balancer,
      Site.OneRoute(), at: Instant(seconds: 1), &port)
    let reports = port.sent.dropFirst()
    #expect(reports.allSatisfy { $0.egress == .routed })
    // Counters are summed up every two seconds.
    _ = director.balancer.advance(to: Instant(seconds: 5))
    return (
      reports.map(\.bytes), director.forwarder.counters, director.balancer.totals.totals
    )
  }

  @Test("an error that the system took is reported to the client")
  func copy() throws {
    let (sent, forwarded, totals) = try passCopy(to: [10, 2, 0, 0xfe])
    let report = try #require(sent.first)
    #expect(sent.count == 1 && forwarded.toClients == 1 && forwarded.packets == 2)
    #expect(Array(report[12..<22]) == [10, 0, 0, 1, 0xc6, 0x33, 0x64, 7, 3, 1])
    #expect(report[8] == 65)
    // The datagram as it went into the tunnel: its time to live was restored and decremented.
    #expect(report[28] == 0x45 && report[28 + 8] == 64 && report.count == 28 + 60)
    // The quoted datagram, and the error.
    #expect(totals.outboundPackets == 2 && totals.outboundBytes == 60 + 88)
  }

  @Test("copies of errors about foreign tunnels, and of those that the port receives, are ignored")
  func otherCopies() throws {
    #expect(
      try passCopy(to: [10, 0, 0, 1]) { $0.replaceSubrange(12..<16, with: [10, 0, 0, 1]) }.sent
        .isEmpty)
    #expect(try passCopy(to: [10, 2, 0, 0xfe]) { $0[19] = 2 }.sent.isEmpty)
    #expect(try passCopy(to: [10, 2, 0, 0xfe]) { $0[9] = 47 }.sent.isEmpty)
  }
}
