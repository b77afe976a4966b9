// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

@Suite struct ICMPErrorMessageTests {
  static let about4 = Packet.ipv4(6, from: 0x0a00_0001, to: 0xc633_6407, Packet.tcp())
  static let about6 = Packet.ipv6(17, from: 0x1111, to: 0x2222, Packet.udp([1, 2, 3]))

  private func message(_ type: UInt8, about packet: Packet = about4) -> Packet {
    .ipv4(1, Packet.icmp(type, about: packet.bytes))
  }

  private func message6(_ type: UInt8, about packet: Packet = about6) -> Packet {
    .ipv6(58, Packet.icmp(type, about: packet.bytes))
  }

  @Test func readsTheTypesThatAreErrors() throws {
    for type in 0...UInt8.max {
      #expect(try (message(type).error != nil) == [3, 4, 11].contains(type))
      #expect(try (message6(type).error != nil) == (type < 128))
    }
  }

  @Test func readsTheQuotedPacket() throws {
    let error = try #require(try message(3).error)
    #expect(error.embeddedOffset == 28)
    #expect(try error.embedded == Self.about4.header)
    let error6 = try #require(try message6(1).error)
    #expect(error6.embeddedOffset == 48)
    #expect(try error6.embedded == Self.about6.header)
  }

  /// RFC 792 requires eight bytes; four are enough to find a connection.
  @Test func readsWhatIsPresent() throws {
    for count in 0...Self.about4.bytes.count {
      let packet = Packet(Array(Self.about4.bytes[..<count]))
      let error = try message(11, about: packet).error
      #expect((error != nil) == (count >= 20))
      guard let embedded = error?.embedded else { continue }
      #expect(embedded.hasPorts == (count >= 24))
      #expect(embedded.destinationPort == (count >= 24 ? 80 : 0))
      #expect(embedded.hasTransportHeader == (count >= 40))
      #expect(embedded.length == 40)
    }
    for count in 0...Self.about6.bytes.count {
      let packet = Packet(Array(Self.about6.bytes[..<count]))
      #expect(try (message6(3, about: packet).error != nil) == (count >= 40))
    }
  }

  @Test func readsOptionsAndExtensionHeadersInside() throws {
    let options = Packet.ipv4(17, options: [1, 1, 1, 0], Packet.udp())
    #expect(try message(3, about: options).error?.embedded.destinationPort == 53)
    let half = Packet(Array(options.bytes[..<23]))
    #expect(try message(3, about: half).error == nil)
    let chain = Packet.ipv6(17, extensions: [(60, [0, 1, 4, 0, 0, 0, 0])], Packet.udp())
    #expect(try message6(3, about: chain).error?.embedded.destinationPort == 53)
    #expect(try message6(3, about: Packet(Array(chain.bytes[..<47]))).error == nil)
  }

  /// Some routers change the length of the quoted packet.
  @Test func ignoresTheQuotedLength() throws {
    for length in [0, 19, 0xffff] as [UInt16] {
      var packet = Self.about4
      packet.set(length, at: 2)
      #expect(try message(3, about: packet).error?.embedded.destinationPort == 80)
    }
  }

  @Test func refusesMalformedQuotes() throws {
    #expect(try message(3, about: Self.about6).error == nil)
    #expect(try message6(3, about: Self.about4).error == nil)
    var short = Self.about4
    short.bytes[0] = 0x44
    #expect(try message(3, about: short).error == nil)
    #expect(try Packet.ipv4(1, [3, 0, 0, 0]).error == nil)
    #expect(try Packet.ipv4(6, Packet.icmp(3, about: Self.about4.bytes)).error == nil)
    #expect(try Packet.ipv6(1, Packet.icmp(3, about: Self.about6.bytes)).error == nil)
  }

  @Test func findsUnreadableMessages() throws {
    let fragmentHeader: (UInt8, [UInt8]) = (44, [0, 0, 0, 0, 0, 0, 1])
    let rows: [(packet: Packet, isUnreadable: Bool)] = [
      (message(3), false),
      (message(8), false),
      (.ipv4(1, [3, 0, 0, 0, 0, 0, 0]), true),
      (.ipv4(1, []), true),
      (.ipv4(1, fragmentation: 2, [3]), false),
      (.ipv4(17, [3]), false),
      (message6(1), false),
      (.ipv6(58, [128]), true),
      (.ipv6(58, extensions: [fragmentHeader], Packet.icmp(1, about: Self.about6.bytes)), true),
      (.ipv6(58, extensions: [fragmentHeader], Packet.icmp(128, about: [])), false),
    ]
    for (packet, isUnreadable) in rows {
      let header = try packet.header
      let found = ICMPErrorMessage.isUnreadable(packet.bytes.span.bytes, header)
      #expect(found == isUnreadable, "\(Hex.text(packet.bytes))")
      if isUnreadable { #expect(try packet.error == nil) }
    }
  }

  @Test func verifiesTheChecksum() throws {
    for packet in [message(3), message6(1)] {
      var packet = try packet.checked()
      #expect(try packet.isICMPChecksumRight)
      packet.bytes[packet.bytes.count - 1] ^= 1
      #expect(try !packet.isICMPChecksumRight)
    }
  }

  /// The addresses and ports of both headers. Of IPv6 the kernel of the recordings drops one direction.
  @Test(arguments: [true, false])
  func rewritesBothHeaders(_ isToServer: Bool) throws {
    for packet in [message(3), message6(1)] {
      let before = try packet.checked()
      let (after, header) = try rewritten(before, isToServer, .complete)
      #expect(try after == after.checked())
      #expect(try after.header == header)
      let outside = try before.header
      let inside = try #require(try before.error).embedded
      let error = try #require(try after.error).embedded
      #expect(header.source == (isToServer ? outside.source : 0x7777))
      #expect(header.destination == (isToServer ? 0x7777 : outside.destination))
      #expect(error.source == (isToServer ? 0x7777 : inside.source))
      #expect(error.sourcePort == (isToServer ? 8080 : inside.sourcePort))
      #expect(error.destination == (isToServer ? inside.destination : 0x7777))
      #expect(error.destinationPort == (isToServer ? inside.destinationPort : 8080))
      if header.family == .ipv4 {
        #expect(ReferenceChecksum.headerSum(of: after.bytes) == 0xffff)
        #expect(ReferenceChecksum.headerSum(of: Array(after.bytes[28...])) == 0xffff)
      }
      // The quoted transport checksum is not changed.
      let index = before.bytes.count - (header.family == .ipv4 ? 4 : 5)
      #expect(after.word(at: index) == before.word(at: index))
    }
  }

  @Test func leavesPartialChecksumsPartial() throws {
    let (after, header) = try rewritten(try message6(1).checked(), true, .partial)
    let rest = UInt32(header.length - 40) + 58
    #expect(after.word(at: 42) == ReferenceChecksum.sum(after.bytes[8..<40], from: rest))
  }

  @Test func writesNoPortWhereThereIsNone() throws {
    let packet = message(3, about: Packet(Array(Self.about4.bytes[..<23])))
    let (after, _) = try rewritten(packet, true, .complete)
    #expect(after.bytes[48...] == packet.bytes[48...])
    let fragment = Packet.ipv4(17, fragmentation: 5, Packet.udp())
    let (other, _) = try rewritten(message(3, about: fragment), true, .complete)
    #expect(other.bytes[48...] == message(3, about: fragment).bytes[48...])
  }

  private func rewritten(
    _ packet: Packet, _ isToServer: Bool, _ checksum: ChecksumState
  ) throws -> (Packet, PacketHeader) {
    var packet = packet
    var header = try packet.header
    let error = try #require(try packet.error)
    packet.edit { bytes in
      if isToServer {
        error.dnat(&bytes, &header, to: 0x7777, port: 8080, checksum: checksum)
      } else {
        error.snat(&bytes, &header, as: 0x7777, port: 8080, checksum: checksum)
      }
    }
    return (packet, header)
  }
}
