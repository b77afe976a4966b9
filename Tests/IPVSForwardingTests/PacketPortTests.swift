// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSDevices
@testable import IPVSForwarding

/// Ports other than a TUN device.
@Suite struct PacketPortTests {
  private static let count = 100

  /// Datagrams of different lengths.
  private static let packets = (0..<count).map { Datagram.ipv4(length: 60 + $0) }

  @Test("the forwarder works over a port made of arrays, batch by batch", arguments: [1, 7, 32])
  func batches(size: Int) throws {
    var director = TestDirector(try Site.balancer())
    var port = ArrayPort(Self.packets, batch: size)
    director.turn(&port)
    #expect(port.sent.map(\.bytes.count) == Self.packets.map(\.count))
    #expect(port.sent.allSatisfy { $0.egress == .routed && $0.bytes[16..<20] == [10, 2, 0, 1] })
    #expect(port.flushed == Self.count && port.flushes == (Self.count + size - 1) / size)
    #expect(director.forwarder.counters.toServers == UInt64(Self.count))
  }

  @Test("a turn ends at its limit, and the next one continues")
  func turns() throws {
    var director = TestDirector(try Site.balancer())
    var port = ArrayPort(Self.packets, batch: 8)
    for sent in [16, 32, 40] {
      let limit = sent == 40 ? 1 : 9
      director.turn(&port, limit: limit)
      #expect(port.sent.count == sent && port.flushed == sent)
    }
  }

  @Test("a port that loses and duplicates packets wraps another one")
  func faults() throws {
    var director = TestDirector(try Site.balancer())
    var port = FaultPort(
      ArrayPort(Array(Self.packets[..<5])), [.loss, .none, .duplicate, .loss, .duplicate])
    director.turn(&port)
    #expect(port.base.sent.map(\.bytes.count) == [61, 62, 62, 64, 64])
    #expect(port.base.sent[1].bytes == port.base.sent[2].bytes)
    #expect(director.forwarder.counters.packets == 5 && director.forwarder.counters.toServers == 5)
  }

  @Test("a duplicated fragment changes nothing, and without a lost one nothing is sent")
  func fragmentFaults() throws {
    var director = TestDirector(try Site.balancer())
    let fragments = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 420)
    let other = Datagram.fragments(
      of: Datagram.ipv4(length: 1000, identification: 8), longest: 420)
    var port = FaultPort(
      ArrayPort(fragments + other), [.duplicate, .duplicate, .none, .none, .loss, .none])
    director.turn(&port)
    #expect(port.base.sent.map(\.bytes.count) == fragments.map(\.count))
    #expect(director.forwarder.counters.fragments == 6)
  }

  @Test("a TUN device gets back the offload that it gave")
  func offload() {
    var header = OffloadHeader()
    header.flags = 1
    header.segmentation = 4 | 0x80
    header.headersLength = 72
    header.segmentSize = 1428
    header.checksumStart = 40
    header.checksumOffset = 16
    let offload = PacketOffload(header)
    #expect(offload.checksum == .partial && offload.segmentLength == 1500)
    #expect(OffloadHeader(offload) == header)
    #expect(OffloadHeader(PacketOffload()) == OffloadHeader())
    #expect(PacketOffload(OffloadHeader()) == PacketOffload())
  }

  @Test("the longest outer header fits the room before a packet, and the port's own header as well")
  func room() throws {
    let server = ServerSettings(forwarding: 2, tunnelKind: 1, tunnelPort: 6080, tunnelFlags: 2)
    var director = TestDirector(try Site.balancer(server))
    var offload = PacketOffload()
    offload.checksum = .partial
    offload.checksumStart = 40
    offload.checksumOffset = 6
    let packet = Datagram.ipv6(length: 1000)
    var port = ArrayPort([packet], offload: offload)
    director.turn(&port)
    let sent = try #require(port.sent.first?.bytes)
    #expect(sent.count == 60 + 1000 && sent[0] >> 4 == 6 && sent[6] == 17)
    #expect(sent.suffix(1000 - 40) == packet[40...])
  }
}
