// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets

extension Packet {
  /// A packet of IPv4 with the right header checksum.
  ///
  /// - Parameters:
  ///   - options: A multiple of four bytes.
  ///   - fragmentation: Flags and offset.
  static func ipv4(
    _ transport: UInt8, from source: UInt32 = 0xc633_6407, to destination: UInt32 = 0x0a00_0001,
    options: [UInt8] = [], fragmentation: UInt16 = 0, timeToLive: UInt8 = 64,
    trafficClass: UInt8 = 0, _ payload: [UInt8]
  ) -> Packet {
    let length = 20 + options.count
    var bytes: [UInt8] = [UInt8(0x40 | length / 4), trafficClass]
    bytes += big(UInt16(length + payload.count)) + [0x12, 0x34] + big(fragmentation)
    bytes += [timeToLive, transport, 0, 0] + big(source) + big(destination) + options
    let sum = ~ReferenceChecksum.sum(bytes)
    bytes.replaceSubrange(10..<12, with: big(sum))
    return Packet(bytes + payload)
  }

  /// A packet of IPv6.
  ///
  /// - Parameter extensions: The number of each extension header, and its bytes without the first, which
  ///   is the number of the next one.
  static func ipv6(
    _ transport: UInt8, from source: UInt128 = 0x2001_0db8_0009_0000_0000_0000_0000_0007,
    to destination: UInt128 = 0x2001_0db8_0000_0000_0000_0000_0000_0001,
    extensions: [(number: UInt8, rest: [UInt8])] = [], hopLimit: UInt8 = 64,
    trafficClass: UInt8 = 0, _ payload: [UInt8]
  ) -> Packet {
    let numbers = extensions.map(\.number) + [transport]
    let chain = zip(extensions, numbers.dropFirst()).flatMap { [$1] + $0.rest }
    let first = 0x6000_0000 | UInt32(trafficClass) << 20
    return Packet(
      big(first) + big(UInt16(chain.count + payload.count)) + [numbers[0], hopLimit] + big(source)
        + big(destination) + chain + payload)
  }

  /// A TCP segment without a checksum.
  static func tcp(flags: UInt8 = 0x10, _ payload: [UInt8] = []) -> [UInt8] {
    big(UInt16(40_000)) + big(UInt16(80)) + [0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0xff, 0xff]
      + [0, 0, 0, 0] + payload
  }

  /// A UDP datagram without a checksum.
  static func udp(_ payload: [UInt8] = []) -> [UInt8] {
    big(UInt16(40_000)) + big(UInt16(53)) + big(UInt16(8 + payload.count)) + [0, 0] + payload
  }

  /// An SCTP packet without a checksum.
  static func sctp(_ chunks: [UInt8] = []) -> [UInt8] {
    big(UInt16(40_000)) + big(UInt16(99)) + [0, 0, 0, 1, 0, 0, 0, 0] + chunks
  }

  /// An ICMP message without a checksum.
  static func icmp(_ type: UInt8, _ code: UInt8 = 0, about packet: [UInt8]) -> [UInt8] {
    [type, code, 0, 0, 0, 0, 0, 0] + packet
  }

  static func big<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// Where the checksum of the transport header is, from the IP header.
  func checksumIndex(_ header: PacketHeader) -> Int {
    let offsets: [UInt8: Int] = [1: 2, 6: 16, 17: 6, 58: 2, 132: 8]
    return header.transportOffset + (offsets[header.transport] ?? 0)
  }

  func word(at index: Int) -> UInt16 {
    UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
  }

  mutating func set(_ word: UInt16, at index: Int) {
    bytes.replaceSubrange(index..<index + 2, with: Self.big(word))
  }

  /// The packet with the right checksum of TCP, UDP, SCTP, or ICMP.
  func checked() throws -> Packet {
    let header = try header
    let index = checksumIndex(header)
    var packet = self
    if header.transport == 132 {
      packet.bytes.replaceSubrange(index..<index + 4, with: [0, 0, 0, 0])
      let sum = ReferenceChecksum.crc(packet.bytes[header.transportOffset..<header.length])
      packet.bytes.replaceSubrange(index..<index + 4, with: Self.big(sum.byteSwapped))
      return packet
    }
    packet.set(0, at: index)
    let sum = ~(try ReferenceChecksum.transportSum(of: packet.bytes))
    packet.set(header.transport == 17 && sum == 0 ? 0xffff : sum, at: index)
    return packet
  }
}
