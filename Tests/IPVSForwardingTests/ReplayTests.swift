// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import IPVSAddresses
import IPVSBalancing
import IPVSDevices
import IPVSText
import TestSupport
import Testing

@testable import IPVSForwarding

/// Captures that are replayed through a balancer.
@Suite final class ReplayTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "replay.\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func name(_ file: String) -> ByteString { ByteString(folder.appending(path: file).path) }

  private func bytes(_ text: String) throws -> [UInt8] { try #require(Hex.bytes(text)) }

  /// A director with one UDP service of one masqueraded server, as in the recordings.
  private func balancer() throws -> Balancer {
    var balancer = Balancer(seed: 1)
    let key = ServiceKey(.ipv4, transport: 17, address: 0x0a00_0001, port: 53)
    try balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: .max))
    try balancer.addServer(
      ServerKey(.ipv4, address: 0x0a02_0001, port: 5353), to: key, ServerSettings(),
      HostNetwork())
    return balancer
  }

  private func write(_ packets: [CapturedPacket], to file: String) throws {
    var writer = try CaptureWriter(name(file))
    for packet in packets { try writer.write(packet) }
    try writer.finish()
  }

  private func packets(of file: String) throws -> [CapturedPacket] {
    var reader = try CaptureReader(name(file))
    var found: [CapturedPacket] = []
    while let packet = try reader.next() { found.append(packet) }
    return found
  }

  private func run(_ balancer: inout Balancer, to result: ByteString?) throws -> ForwardingCounters
  {
    var writer: CaptureWriter?
    if let result { writer = try CaptureWriter(result) }
    var replay = Replay(try CaptureReader(name("in")), to: writer, balancer)
    while try replay.step(&balancer) {}
    return replay.counters
  }

  /// A step of `Tests/Recordings/nat`.
  private struct Traffic: Decodable {
    struct Step: Decodable {
      let name: String?
      let packet: String?
      let toClients: [String]?
      let toServers: [String]?

      enum CodingKeys: String, CodingKey {
        case name
        case packet = "in_hex"
        case toClients = "out_c"
        case toServers = "out_s"
      }
    }

    let steps: [Step]
  }

  @Test("datagrams received in fragments are sent in fragments, as by the kernel")
  func fragments() throws {
    let recording = try #require(
      RecordingFolder.load("nat", as: Traffic.self).first { $0.name == "udp" })
    // The replies belong to a connection that a fragmented datagram opened.
    let steps = recording.content.steps.filter { $0.name?.contains("fragment") == true }
    #expect(steps.count > 6)
    try write(
      steps.enumerated().map { number, step in
        CapturedPacket(
          time: UInt64(number) * 1_000_000, bytes: try bytes(try #require(step.packet)))
      }, to: "in")
    var balancer = try balancer()
    let counters = try run(&balancer, to: name("out"))
    let expected = try steps.map { step in
      try ((step.toClients ?? []) + (step.toServers ?? [])).map(bytes)
    }
    var sent = [[[UInt8]]](repeating: [], count: steps.count)
    for packet in try packets(of: "out") { sent[Int(packet.time / 1_000_000)].append(packet.bytes) }
    for (step, (sent, expected)) in zip(steps, zip(sent, expected)) {
      #expect(sent == expected, "\(step.name ?? "")")
    }
    #expect(counters.packets == UInt64(steps.count) && counters.toClients == 1)
  }

  @Test("time is that of the capture, and stops while that is behind")
  func time() throws {
    let packet = Datagram.ipv4(length: 60)
    try write(
      [1000, 900, 1290, 1601].map { second in
        CapturedPacket(time: second * 1_000_000_000, bytes: packet)
      }, to: "in")
    var balancer = try balancer()
    let counters = try run(&balancer, to: nil)
    #expect(counters.toServers == 4)
    #expect(balancer.now == Instant(seconds: 601))
    _ = balancer.advance(to: Instant(seconds: 603))
    // A connection lives for 300 seconds without packets: the last one is another.
    #expect(balancer.totals.totals.connections == 2)
  }

  @Test("packets that are cut off, malformed, or for other hosts are counted")
  func counts() throws {
    let good = Datagram.ipv4(length: 60)
    var other = good
    other[19] = 9
    other.finishIPv4Header()
    var spoilt = good
    spoilt[10] ^= 1
    var last = good
    last[8] = 1
    last[19] = 9
    last.finishIPv4Header()
    try write(
      [
        CapturedPacket(time: 0, bytes: good), CapturedPacket(time: 1, bytes: good, missing: 5),
        CapturedPacket(time: 2, bytes: other), CapturedPacket(time: 3, bytes: spoilt),
        CapturedPacket(time: 4, bytes: [0x45]), CapturedPacket(time: 5, bytes: last),
      ], to: "in")
    var balancer = try balancer()
    let counters = try run(&balancer, to: name("out"))
    #expect(counters.packets == 5)
    #expect(counters.toServers == 1 && counters.passed == 1 && counters.unreadable == 2)
    #expect(counters.refused == 1)
    let sent = try packets(of: "out")
    #expect(sent.map(\.time) == [0, 2, 5])
    // The director decrements the time to live of what it passes, and sends an error when it is used up.
    #expect(sent[1].bytes[8] == 0x3f && sent[2].bytes[20] == 11)
  }

  @Test("a full disk is an error")
  func fullDisk() throws {
    try write([CapturedPacket(time: 0, bytes: Datagram.ipv4(length: 60))], to: "in")
    var balancer = try balancer()
    #expect(throws: CaptureError.write("/dev/full", errno: ENOSPC)) {
      try run(&balancer, to: "/dev/full")
    }
  }

  @Test("damaged packets neither crash nor grow")
  func noise() throws {
    var seed = Seed(for: "ReplayTests")
    let samples = [
      Datagram.ipv4(length: 200), Datagram.ipv6(length: 200),
    ].flatMap { [$0] + Datagram.fragments(of: $0, longest: 150) }
    let count = Seed.cases(usually: 5000)
    try write(
      (0..<count).map { number in
        let bytes = seed.injured(samples[number % samples.count])
        return CapturedPacket(time: UInt64(number) * 1_000_000, bytes: bytes)
      }, to: "in")
    var balancer = try balancer()
    let counters = try run(&balancer, to: name("out"))
    #expect(counters.packets > UInt64(count) * 9 / 10)
    #expect(try packets(of: "out").allSatisfy { $0.bytes.count <= 1280 })
  }
}
