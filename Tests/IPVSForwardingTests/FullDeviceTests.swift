// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSBalancing
import IPVSText
import TestSupport
import Testing

@testable import IPVSDevices
@testable import IPVSForwarding

/// A device whose queue is full: the write itself fails with EAGAIN.
///
/// A pair of sockets replaces the device and the system behind it. A datagram is one packet behind its
/// offload header, as with a device, and a queue that is not read fills up.
@Suite struct FullDeviceTests {
  private static let packet =
    [UInt8](repeating: 0, count: OffloadHeader.length) + Datagram.ipv4(length: 1000)

  private let system: Int32
  private let device: Int32

  init() throws {
    var pair: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    (system, device) = (pair[0], pair[1])
    var room: Int32 = 8192
    try #require(
      setsockopt(device, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size)) == 0)
  }

  /// Sends a packet to the device.
  private func hand() throws {
    try #require(send(system, Self.packet, Self.packet.count, 0) == Self.packet.count)
  }

  /// The packets that came out of the device.
  private func drain() -> [[UInt8]] {
    var packets: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 2000)
    while case let length = recv(system, &buffer, buffer.count, 0), length > 0 {
      packets.append(Array(buffer[..<length]))
    }
    return packets
  }

  @Test(
    "packets that the queue does not take are counted, and the next ones are sent once it has room")
  func isCounted() throws {
    defer { close(system) }
    var director = TunDirector(
      TunPort(TunDevice("fake", descriptor: device), restoresTimeToLive: false))
    var balancer = Balancer(seed: 1)
    var handed: UInt64 = 0
    while director.counters.lost < 5 {
      try #require(handed < 1000, "the queue never fills")
      for _ in 0..<10 { try hand() }
      handed += 10
      try director.turn(&balancer, at: Instant(seconds: 1), hasErrors: false)
    }
    let arrived = drain()
    #expect(arrived.allSatisfy { $0 == Self.packet } && !arrived.isEmpty)
    #expect(UInt64(arrived.count) + director.counters.lost == handed)
    #expect(director.counters.packets == handed)

    let lost = director.counters.lost
    try hand()
    try director.turn(&balancer, at: Instant(seconds: 2), hasErrors: false)
    #expect(drain() == [Self.packet] && director.counters.lost == lost)
  }

  @Test("the device returns whether it sent a packet")
  func isSaid() throws {
    defer { close(system) }
    let device = TunDevice("fake", descriptor: device)
    var taken = 0
    var frame = Self.packet
    while taken < 1000, frame.withUnsafeMutableBytes({ device.write(OffloadHeader(), $0) }) {
      taken += 1
    }
    #expect(errno == EAGAIN)
    #expect(taken > 0 && drain().count == taken)
    #expect(frame.withUnsafeMutableBytes { device.write(OffloadHeader(), $0) })
  }
}
