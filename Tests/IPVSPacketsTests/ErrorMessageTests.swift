// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

@Suite struct ErrorMessageTests {
  private func written(
    _ fault: ICMPFault, about packet: Packet, room: Int = 2000
  ) throws -> Packet {
    let header = try packet.header
    var output = Packet([UInt8](repeating: 0xa5, count: room))
    let length = output.edit {
      ErrorMessage(fault, header.family).write(
        about: header, in: packet.bytes.span.bytes, from: 0x0a00_0001, identification: 0xbeef,
        into: &$0)
    }
    #expect(output.bytes[length...].allSatisfy { $0 == 0xa5 })
    return Packet(Array(output.bytes[..<length]))
  }

  static let rows: [(fault: ICMPFault, ipv4: [UInt8], ipv6: [UInt8])] = [
    (.timeExceeded, [11, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0]),
    (.portUnreachable, [3, 3, 0, 0, 0, 0], [1, 4, 0, 0, 0, 0]),
    (.tooBig(mtu: 1380), [3, 4, 0, 0, 5, 100], [2, 0, 0, 0, 5, 100]),
    // The field has 16 bits in IPv4 (RFC 1191, section 4).
    (.tooBig(mtu: 70_000), [3, 4, 0, 0, 0xff, 0xff], [2, 0, 0, 1, 0x11, 0x70]),
    (.tooBig(mtu: -1), [3, 4, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0]),
  ]

  @Test(arguments: rows)
  func writesTheICMPHeader(_ fault: ICMPFault, _ ipv4: [UInt8], _ ipv6: [UInt8]) throws {
    for (packet, bytes) in [
      (Packet.ipv4(6, Packet.tcp()), ipv4), (.ipv6(6, Packet.tcp()), ipv6),
    ] {
      let message = try written(fault, about: packet)
      let start = try message.header.transportOffset
      #expect(
        Array(message.bytes[start..<start + 2] + message.bytes[start + 4..<start + 8]) == bytes)
      #expect(Array(message.bytes[(start + 8)...]) == packet.bytes)
      #expect(try message == message.checked())
      #expect(try message.header.source == 0x0a00_0001)
      #expect(try message.header.destination == packet.header.source)
      #expect(try message.header.timeToLive == 64)
      #expect(try message.error?.embedded == packet.header)
    }
  }

  @Test func isNoLongerThanEveryHostReceives() throws {
    let payload = [UInt8](repeating: 7, count: 1400)
    for (packet, length) in [(Packet.ipv4(17, payload), 576), (.ipv6(17, payload), 1280)] {
      let message = try written(.timeExceeded, about: packet)
      #expect(message.bytes.count == length)
      #expect(try length == ErrorMessage.room(packet.header.family))
      #expect(try message == message.checked())
      #expect(try message.header.length == length)
    }
  }

  @Test func fitsIntoTheOutput() throws {
    for (packet, headers) in [(Packet.ipv4(6, Packet.tcp()), 28), (.ipv6(6, Packet.tcp()), 48)] {
      for room in 0...headers + packet.bytes.count {
        let message = try written(.timeExceeded, about: packet, room: room)
        #expect(message.bytes.count == (room < headers ? 0 : room))
        if room >= headers { #expect(try message == message.checked()) }
      }
    }
  }

  /// The padding of the link is not quoted.
  @Test func quotesNoPadding() throws {
    var packet = Packet.ipv4(17, Packet.udp())
    packet.bytes += [1, 2, 3]
    #expect(try written(.timeExceeded, about: packet).bytes.count == 28 + 28)
  }

  @Test func keepsTheTypeOfServiceButForPrecedence() throws {
    for (inner, outer) in [(0, 0xc0), (0x10, 0xd0), (0xe3, 0xc2), (0xff, 0xde)] as [(UInt8, UInt8)]
    {
      let packet = Packet.ipv4(17, trafficClass: inner, Packet.udp())
      #expect(try written(.timeExceeded, about: packet).bytes[1] == outer)
    }
  }

  static let eligible: [(packet: Packet, mayConcern: Bool)] = [
    (.ipv4(6, Packet.tcp()), true),
    (.ipv4(6, fragmentation: 0x2000, Packet.tcp()), true),
    (.ipv4(6, fragmentation: 0x2001, Packet.tcp()), false),
    (.ipv4(6, from: 0, Packet.tcp()), false),
    (.ipv4(6, from: 0x7f00_0001, Packet.tcp()), false),
    (.ipv4(6, from: 0xe000_0001, Packet.tcp()), false),
    (.ipv4(6, from: 0xf000_0001, Packet.tcp()), false),
    (.ipv4(6, from: 0xffff_ffff, Packet.tcp()), false),
    (.ipv4(6, from: 0xdfff_ffff, Packet.tcp()), true),
    (.ipv4(17, to: 0xe000_0001, Packet.udp()), false),
    (.ipv4(17, to: 0xffff_ffff, Packet.udp()), false),
    (.ipv4(1, [8, 0, 0, 0, 0, 0, 0, 0]), true),
    (.ipv4(1, [3, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv4(1, [4, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv4(1, [5, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv4(1, [11, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv4(1, [12, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv4(1, []), false),
    (.ipv6(6, Packet.tcp()), true),
    (.ipv6(6, extensions: [(44, [0, 0, 9, 0, 0, 0, 1])], Packet.tcp()), true),
    (.ipv6(6, from: 0, Packet.tcp()), false),
    (.ipv6(6, from: 0xff02 << 112 | 1, Packet.tcp()), false),
    (.ipv6(17, to: 0xff02 << 112 | 1, Packet.udp()), false),
    (.ipv6(58, [128, 0, 0, 0, 0, 0, 0, 0]), true),
    (.ipv6(58, [1, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv6(58, [127, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv6(58, [137, 0, 0, 0, 0, 0, 0, 0]), false),
    (.ipv6(58, []), false),
    (.ipv6(58, extensions: [(44, [0, 0, 9, 0, 0, 0, 1])], [128]), false),
  ]

  @Test(arguments: eligible)
  func knowsWhatItMayConcern(_ packet: Packet, _ mayConcern: Bool) throws {
    let found = try packet.mayConcernAnError
    #expect(found == mayConcern)
  }
}
