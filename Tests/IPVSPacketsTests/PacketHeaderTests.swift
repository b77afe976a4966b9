// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

@Suite struct PacketHeaderTests {
  @Test func readsIPv4() throws {
    // The SYN of the recording tcp.json.
    let packet = Packet(
      [
        0x45, 0x00, 0x00, 0x3c,  // version and header length, type of service, total length 60
        0x11, 0x11, 0x40, 0x00,  // identification, DF and offset 0
        0x40, 0x06, 0xf5, 0x6f,  // TTL 64, TCP, checksum
        198, 51, 100, 7,  // source
        10, 0, 0, 1,  // destination
        0x9c, 0x41, 0x00, 0x50,  // ports 40001 and 80
      ] + [UInt8](repeating: 0, count: 36))
    let header = try packet.header
    #expect(header.family == .ipv4)
    #expect(header.transport == TransportNumber.tcp)
    #expect(header.source == 0xc633_6407)
    #expect(header.destination == 0x0a00_0001)
    #expect(header.sourcePort == 40_001)
    #expect(header.destinationPort == 80)
    #expect(header.transportOffset == 20)
    #expect(header.length == 60)
    #expect(header.fragment == .whole)
    #expect(header.dontFragment)
    #expect(header.timeToLive == 64)
    #expect(header.hasPorts)
    #expect(header.hasTransportHeader)
    #expect(!header.hasFragmentHeader)
  }

  @Test func readsIPv6() throws {
    let packet = Packet.ipv6(17, hopLimit: 3, Packet.udp([1, 2, 3]))
    let header = try packet.header
    #expect(header.family == .ipv6)
    #expect(header.transport == TransportNumber.udp)
    #expect(header.source == 0x2001_0db8_0009_0000_0000_0000_0000_0007)
    #expect(header.destination == 0x2001_0db8_0000_0000_0000_0000_0000_0001)
    #expect(header.sourcePort == 40_000)
    #expect(header.destinationPort == 53)
    #expect(header.transportOffset == 40)
    #expect(header.length == 51)
    #expect(header.fragment == .whole)
    #expect(!header.dontFragment)
    #expect(header.timeToLive == 3)
    #expect(header.hasPorts)
  }

  @Test func readsOptions() throws {
    let header = try Packet.ipv4(6, options: [1, 1, 1, 0], Packet.tcp()).header
    #expect(header.transportOffset == 24)
    #expect(header.destinationPort == 80)
    let longest = try Packet.ipv4(6, options: [UInt8](repeating: 1, count: 40), Packet.tcp()).header
    #expect(longest.transportOffset == 60)
    #expect(longest.destinationPort == 80)
  }

  @Test func ignoresThePaddingOfTheLink() throws {
    var packet = Packet.ipv4(17, Packet.udp([1]))
    let header = try packet.header
    packet.bytes += [0, 0, 0, 0, 0, 0, 0]
    #expect(try packet.header == header)
    #expect(header.length == 29)
  }

  @Test(
    arguments: [
      (0x0000, .whole), (0x4000, .whole), (0x8000, .whole), (0x2000, .first), (0x0001, .later),
      (0x2001, .later), (0x1000, .later),
    ] as [(UInt16, Fragment)])
  func tellsFragmentsOfIPv4(_ field: UInt16, _ fragment: Fragment) throws {
    let header = try Packet.ipv4(17, fragmentation: field, Packet.udp()).header
    #expect(header.fragment == fragment)
    #expect(header.dontFragment == (field & 0x4000 != 0))
    #expect(header.hasPorts == (fragment != .later))
    #expect(header.hasTransportHeader == (fragment != .later))
    #expect(header.destinationPort == (fragment == .later ? 0 : 53))
  }

  @Test(
    arguments: [(0x0000, .whole), (0x0001, .first), (0x0008, .later), (0xfff9, .later)]
      as [(UInt16, Fragment)])
  func tellsFragmentsOfIPv6(_ field: UInt16, _ fragment: Fragment) throws {
    let rest = [0] + Packet.big(field) + [0, 0, 0, 1]
    let header = try Packet.ipv6(17, extensions: [(44, rest)], Packet.udp()).header
    #expect(header.fragment == fragment)
    #expect(header.hasFragmentHeader)
    #expect(header.transport == 17)
    #expect(header.transportOffset == 48)
    #expect(header.hasPorts == (fragment != .later))
  }

  @Test func walksAllExtensionHeaders() throws {
    let packet = Packet.ipv6(
      6,
      extensions: [
        (0, [0, 1, 4, 0, 0, 0, 0]),  // hop-by-hop options, 8 bytes
        (60, [1] + [UInt8](repeating: 0, count: 14)),  // destination options, 16 bytes
        (43, [0, 4, 0, 0, 0, 0, 0]),  // routing, 8 bytes
        (44, [0, 0, 1, 0, 0, 0, 1]),  // first fragment, 8 bytes
        (51, [4] + [UInt8](repeating: 0, count: 22)),  // authentication, 24 bytes
      ], Packet.tcp())
    let header = try packet.header
    #expect(header.transport == 6)
    #expect(header.transportOffset == 40 + 64)
    #expect(header.destinationPort == 80)
    #expect(header.fragment == .first)
  }

  /// Headers after the fragment header are in the first fragment only.
  @Test func stopsAtALaterFragment() throws {
    let packet = Packet.ipv6(60, extensions: [(44, [0, 0, 8, 0, 0, 0, 1])], [6, 200])
    #expect(try packet.header.transport == 60)
    #expect(try packet.header.fragment == .later)
  }

  @Test func walksAChainLongerThan16BitsCount() throws {
    let options = (UInt8(0), [255] + [UInt8](repeating: 0, count: 2046))
    let last = (UInt8(0), [254] + [UInt8](repeating: 0, count: 2038))
    let packet = Packet.ipv6(
      6, extensions: Array(repeating: options, count: 31) + [last], Packet.tcp().prefix(7) + [])
    let header = try packet.header
    #expect(header.transportOffset == 65_568)
    #expect(header.length == 65_575)
    #expect(header.destinationPort == 80)
    #expect(!header.hasTransportHeader)
  }

  @Test(arguments: [1, 2, 47, 50, 51, 58, 136, 0, 255] as [UInt8])
  func knowsNoPortsOfOthers(_ transport: UInt8) throws {
    let header = try Packet.ipv4(transport, [1, 2, 3, 4, 5, 6, 7, 8]).header
    #expect(!header.hasPorts)
    #expect(header.sourcePort == 0)
    #expect(header.destinationPort == 0)
  }

  @Test(arguments: [(6, 20), (17, 8), (132, 12), (1, 8), (50, 0)] as [(UInt8, Int)])
  func tellsWhetherTheTransportHeaderIsThere(_ transport: UInt8, _ length: Int) throws {
    let bytes = [UInt8](repeating: 1, count: 20)
    for count in 0...20 {
      let header = try Packet.ipv4(transport, Array(bytes[..<count])).header
      #expect(header.hasTransportHeader == (count >= length))
      #expect(header.hasPorts == (count >= 4 && transport != 1 && transport != 50))
    }
  }

  @Test func readsTheFlagsOfTCP() throws {
    #expect(try Packet.ipv4(6, Packet.tcp(flags: 0x12)).tcpFlags == 0x12)
    #expect(try Packet.ipv6(6, Packet.tcp(flags: 0x04)).tcpFlags == 0x04)
    #expect(try Packet.ipv4(6, Array(Packet.tcp(flags: 0x12).prefix(19))).tcpFlags == 0)
    #expect(try Packet.ipv4(17, Packet.tcp(flags: 0x12)).tcpFlags == 0)
    #expect(try Packet.ipv4(6, fragmentation: 1, Packet.tcp(flags: 0x12)).tcpFlags == 0)
  }

  static let refusals: [(bytes: [UInt8], error: PacketError)] = [
    ([], .truncated(needed: 20, available: 0)),
    ([UInt8](repeating: 0x45, count: 19), .truncated(needed: 20, available: 19)),
    ([UInt8](repeating: 0x50, count: 20), .version(5)),
    ([UInt8](repeating: 0, count: 20), .version(0)),
    ([0x44, 0, 0, 20] + [UInt8](repeating: 0, count: 16), .headerLength(16)),
    ([0x45, 0, 0, 19] + [UInt8](repeating: 0, count: 16), .totalLength(19, headers: 20)),
    ([0x46, 0, 0, 23] + [UInt8](repeating: 0, count: 20), .totalLength(23, headers: 24)),
    ([0x45, 0, 0, 21] + [UInt8](repeating: 0, count: 16), .truncated(needed: 21, available: 20)),
    ([0x60] + [UInt8](repeating: 0, count: 38), .truncated(needed: 40, available: 39)),
    (
      [0x60, 0, 0, 0, 0, 1, 6] + [UInt8](repeating: 0, count: 33),
      .truncated(needed: 41, available: 40)
    ),
    // A chain that is cut off: a header of 8 bytes, then one of 16.
    (
      [0x60, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 33),
      .truncated(needed: 48, available: 40)
    ),
    (
      [0x60, 0, 0, 0, 0, 8, 0] + [UInt8](repeating: 0, count: 33) + [6, 1, 0, 0, 0, 0, 0, 0],
      .truncated(needed: 56, available: 48)
    ),
  ]

  @Test(arguments: refusals)
  func refuses(_ bytes: [UInt8], _ error: PacketError) {
    #expect(throws: error) { try Packet(bytes).header }
  }

  @Test func refusesAllButTheWholePacket() throws {
    for bytes in RecordedPackets.packets {
      let length = try Packet(bytes).header.length
      for count in 0..<length {
        let part = Packet(Array(bytes[..<count]))
        #expect(throws: PacketError.self) { try part.header }
      }
    }
  }
}
