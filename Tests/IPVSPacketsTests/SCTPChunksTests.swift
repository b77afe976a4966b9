// SPDX-License-Identifier: Apache-2.0

import IPVSPackets
import Testing

@Suite struct SCTPChunksTests {
  static let rows: [(chunks: [UInt8], first: UInt8?, second: UInt8?, decisive: UInt8?)] = [
    ([], nil, nil, nil),
    ([1, 0, 0], nil, nil, nil),
    ([1, 0, 0, 4], 1, nil, 1),
    ([1, 0, 0, 20], 1, nil, 1),
    // COOKIE ECHO of five bytes, padded to eight, before ABORT.
    ([10, 0, 0, 5, 0xa5, 0, 0, 0, 6, 0, 0, 4], 10, 6, 6),
    ([11, 0, 0, 4, 6, 0, 0, 4], 11, 6, 6),
    ([11, 0, 0, 4, 0, 0, 0, 4], 11, 0, 11),
    ([11, 0, 0, 4, 6, 0, 0], 11, nil, 11),
    // An ABORT counts only after these two.
    ([0, 0, 0, 4, 6, 0, 0, 4], 0, 6, 0),
    // Lengths less than the chunk's own header.
    ([10, 0, 0, 3, 6, 0, 0, 4], 10, nil, 10),
    ([10, 0, 0, 0, 6, 0, 0, 4], 10, nil, 10),
    ([10, 0, 0xff, 0xff, 6, 0, 0, 4], 10, nil, 10),
  ]

  @Test(arguments: rows)
  func reads(_ bytes: [UInt8], _ first: UInt8?, _ second: UInt8?, _ decisive: UInt8?) throws {
    for packet in [Packet.ipv4(132, Packet.sctp(bytes)), .ipv6(132, Packet.sctp(bytes))] {
      let chunks = try packet.chunks
      #expect(chunks?.first == first)
      #expect(chunks?.second == second)
      #expect(chunks?.decisive == decisive)
    }
  }

  @Test func readsNothingElse() throws {
    #expect(try Packet.ipv4(6, Packet.sctp([1, 0, 0, 4])).chunks == nil)
    #expect(try Packet.ipv4(132, fragmentation: 3, Packet.sctp([1, 0, 0, 4])).chunks == nil)
    #expect(try Packet.ipv4(132, [0, 1, 0, 1, 0, 0, 0, 0]).chunks == nil)
  }

  /// Bytes after the packet are not its chunks.
  @Test func staysWithinThePacket() throws {
    var packet = Packet.ipv4(132, Packet.sctp([10, 0, 0, 4]))
    packet.bytes += [6, 0, 0, 4]
    #expect(try packet.chunks?.second == nil)
  }
}
