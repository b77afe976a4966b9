// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets

/// The checksum of RFC 1071, computed word by word, to compare with.
enum ReferenceChecksum {
  /// The sum of the words in network order, carries added in.
  static func sum(_ bytes: some Collection<UInt8>, from start: UInt32 = 0) -> UInt16 {
    var sum = start
    var isHigh = true
    for byte in bytes {
      sum += UInt32(byte) << (isHigh ? 8 : 0)
      isHigh.toggle()
      sum = sum & 0xffff + sum >> 16
    }
    sum = sum & 0xffff + sum >> 16
    return UInt16(sum)
  }

  /// The sum of the pseudo header, the transport header, and what follows: 0xffff if the checksum is
  /// right. Only for packets without routing headers.
  static func transportSum(of packet: [UInt8]) throws -> UInt16 {
    let header = try PacketHeader(reading: packet.span.bytes)
    let addresses = header.family == .ipv4 ? packet[12..<20] : packet[8..<40]
    let length = UInt32(header.length - header.transportOffset)
    let isPlainICMP = header.transport == 1
    let pseudo =
      isPlainICMP ? 0 : UInt32(sum(addresses)) + length + UInt32(header.transport)
    return sum(packet[header.transportOffset..<header.length], from: pseudo)
  }

  /// The sum of the header of an IPv4 packet.
  static func headerSum(of packet: [UInt8]) -> UInt16 {
    sum(packet[..<(Int(packet[0] & 0xf) * 4)])
  }

  /// CRC32c bit by bit (RFC 9260, appendix A).
  static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var value: UInt32 = 0xffff_ffff
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78 }
    }
    return ~value
  }
}
