// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// Outer headers equal the kernel's. Kind, flags, and ends of the tunnel are taken from what was recorded;
/// all other bytes must be equal, except the source port of GUE, which is a keyed hash.
@Suite struct RecordedTunnelTests {
  struct Tunneled: CustomTestStringConvertible {
    let testDescription: String
    let received: [UInt8]
    let sent: [UInt8]
    let outer: PacketHeader
    let path: TunnelPath
    let start: Int
  }

  static let tunneled = RecordedPackets.pairs.compactMap { pair -> Tunneled? in
    guard pair.isToServer, let outer = try? PacketHeader(reading: pair.sent.span.bytes),
      let start = start(of: outer, in: pair.sent)
    else { return nil }
    let offset = outer.transportOffset
    let gueFlags: UInt16 = pair.sent[offset + 6] == 0 && pair.sent[offset + 7] == 0 ? 0 : 1
    let (kind, flags): (UInt8, UInt16) =
      switch outer.transport {
      case 17: (1, gueFlags)
      case 47: (2, pair.sent[offset] == 0x80 ? 1 : 0)
      default: (0, 0)
      }
    return Tunneled(
      testDescription: pair.testDescription, received: pair.received, sent: pair.sent,
      outer: outer,
      path: TunnelPath(
        source: outer.source, kind: kind, port: outer.destinationPort, flags: flags,
        keepsDontFragment: outer.dontFragment),
      start: start)
  }

  /// Where the packet inside begins; nil outside of a tunnel.
  private static func start(of outer: PacketHeader, in packet: [UInt8]) -> Int? {
    switch outer.transport {
    case 4, 41: outer.transportOffset
    case 17 where outer.destinationPort == 6080: outer.transportOffset + 12
    case 47: outer.transportOffset + (packet[outer.transportOffset] == 0x80 ? 8 : 4)
    default: nil
    }
  }

  @Test func hasRecordings() {
    #expect(Self.tunneled.count >= 22)
    let kinds = Set(Self.tunneled.map { [UInt16($0.path.kind), $0.path.flags] })
    #expect(kinds == [[0, 0], [1, 0], [1, 1], [2, 0], [2, 1]])
  }

  @Test(arguments: tunneled)
  func wrapsAsTheKernelDid(_ tunneled: Tunneled) throws {
    var packet = Packet(tunneled.received)
    var inner = try packet.header
    packet.edit { inner.decrementTimeToLive(&$0) }
    let outer = OuterHeader(
      for: inner, from: tunneled.outer.source, to: tunneled.outer.destination,
      tunneled.outer.family, tunneled.path,
      identification: try #require(tunneled.sent.number(UInt16.self, at: 4)).byteSwapped)
    #expect(outer.length == tunneled.start)
    #expect(outer.length == tunneled.path.overhead(outer: tunneled.outer.family))
    let room = 100
    let end = room + packet.bytes.count
    var buffer = Packet([UInt8](repeating: 0xa5, count: room) + packet.bytes + [0xa5])
    let isWritten = buffer.edit { outer.write(before: room, end: end, in: &$0) }
    #expect(isWritten)

    var made = Array(buffer.bytes[room - outer.length..<end])
    var wanted = tunneled.sent
    if tunneled.path.kind == 1 {
      let start = tunneled.outer.transportOffset
      #expect((32_768..<60_999).contains(try Packet(made).header.sourcePort))
      if tunneled.path.flags != 0 {
        #expect(try ReferenceChecksum.transportSum(of: made) == 0xffff)
        #expect(try ReferenceChecksum.transportSum(of: wanted) == 0xffff)
      }
      // The port, and the checksum that depends on it.
      for index in [start, start + 1, start + 6, start + 7] {
        made[index] = 0
        wanted[index] = 0
      }
    }
    #expect(Hex.text(made) == Hex.text(wanted))
    #expect(buffer.bytes[..<(room - outer.length)].allSatisfy { $0 == 0xa5 })
    #expect(buffer.bytes.last == 0xa5)
  }
}
