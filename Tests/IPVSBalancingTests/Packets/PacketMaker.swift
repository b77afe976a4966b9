// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// The source or destination of a packet.
struct End {
  /// 4 bytes or 16.
  let address: [UInt8]
  var port: UInt16

  init(_ address: [UInt8], port: UInt16) {
    self.address = address
    self.port = port
  }

  static func client(_ number: UInt8 = 7, port: UInt16 = 40_001) -> End {
    End([198, 51, 100, number], port: port)
  }

  static func virtual(_ port: UInt16 = 80) -> End { End([10, 0, 0, 1], port: port) }

  static func server(_ number: UInt8 = 1, port: UInt16 = 80) -> End {
    End([10, 2, 0, number], port: port)
  }

  // The same in IPv6.

  static func client6(_ number: UInt8 = 7, port: UInt16 = 40_001, network: UInt8 = 9) -> End {
    End([0x20, 1, 0xd, 0xb8, 0, network] + [UInt8](repeating: 0, count: 9) + [number], port: port)
  }

  static func virtual6(_ port: UInt16 = 80) -> End {
    End([0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1], port: port)
  }

  static func server6(_ number: UInt8 = 1, port: UInt16 = 80) -> End {
    End([0x20, 1, 0xd, 0xb8, 0, 2] + [UInt8](repeating: 0, count: 9) + [number], port: port)
  }

  fileprivate var portBytes: [UInt8] { [UInt8(port >> 8), UInt8(port & 0xff)] }
}

/// Whole packets with right checksums, made without the code under test.
enum PacketMaker {
  private static let flagBits: [Character: UInt8] = ["F": 1, "S": 2, "R": 4, "P": 8, "A": 16]

  /// - Parameters:
  ///   - flags: letters as in "SA".
  ///   - length: of the data.
  static func tcp(
    _ flags: String, _ from: End, _ to: End, length: Int = 0, ttl: UInt8 = 64, isBound: Bool = true
  ) -> [UInt8] {
    let bits = flags.reduce(into: UInt8(0)) { $0 |= flagBits[$1] ?? 0 }
    var segment = from.portBytes + to.portBytes + [0, 0, 0, 1, 0, 0, 0, 2, 0x50, bits, 0xff, 0]
    segment += [0, 0, 0, 0] + [UInt8](repeating: 0x61, count: length)
    put(pseudoSum(6, from, to, segment), in: &segment, at: 16)
    return ip(6, from, to, segment, ttl: ttl, isBound: isBound)
  }

  static func udp(_ from: End, _ to: End, _ data: [UInt8] = [0x62], ttl: UInt8 = 64) -> [UInt8] {
    let length = 8 + data.count
    var datagram = from.portBytes + to.portBytes + [UInt8(length >> 8), UInt8(length & 0xff), 0, 0]
    datagram += data
    put(pseudoSum(17, from, to, datagram), in: &datagram, at: 6)
    return ip(17, from, to, datagram, ttl: ttl)
  }

  /// The checksum is left out: nothing here looks at it.
  static func sctp(_ chunks: [UInt8], _ from: End, _ to: End) -> [UInt8] {
    let head = from.portBytes + to.portBytes + [0, 0, 0, 1, 0, 0, 0, 0]
    return ip(132, from, to, head + chunks.flatMap { [$0, 0, 0, 4] })
  }

  /// A packet of a protocol without ports.
  static func bare(_ transport: UInt8, _ from: End, _ to: End) -> [UInt8] {
    ip(transport, from, to, [UInt8](repeating: 9, count: 24))
  }

  /// "Host unreachable", or "no route", about a packet, of whose bytes it holds the first.
  static func unreachable(
    _ packet: [UInt8], _ from: End, _ to: End, quoted: Int? = nil
  ) -> [UInt8] {
    let isIPv6 = from.address.count == 16
    var message: [UInt8] = [isIPv6 ? 1 : 3, isIPv6 ? 0 : 1, 0, 0, 0, 0, 0, 0]
    message += packet.prefix(quoted ?? (isIPv6 ? packet.count : 28))
    let sum = isIPv6 ? pseudoSum(58, from, to, message) : foldedSum(message)
    put(sum, in: &message, at: 2)
    return ip(isIPv6 ? 58 : 1, from, to, message)
  }

  /// An error of IPv4: fragmentation is needed.
  static func tooLarge(_ packet: [UInt8], _ from: End, _ to: End, mtu: UInt16) -> [UInt8] {
    var message: [UInt8] = [3, 4, 0, 0, 0, 0, UInt8(mtu >> 8), UInt8(mtu & 0xff)]
    message += packet
    put(foldedSum(message), in: &message, at: 2)
    return ip(1, from, to, message)
  }

  static func ip(
    _ transport: UInt8, _ from: End, _ to: End, _ payload: [UInt8], ttl: UInt8 = 64,
    isBound: Bool = true
  ) -> [UInt8] {
    if from.address.count == 16 {
      let length = [UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
      return [0x60, 0, 0, 0] + length + [transport, ttl] + from.address + to.address + payload
    }
    let length = 20 + payload.count
    var head: [UInt8] = [0x45, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 5]
    head += [isBound ? 0x40 : 0, 0, ttl, transport, 0, 0] + from.address + to.address
    head.finishIPv4()
    return head + payload
  }

  private static func pseudoSum(
    _ transport: UInt8, _ from: End, _ to: End, _ payload: [UInt8]
  ) -> UInt16 {
    let length = payload.count
    let pseudo = from.address + to.address
    return foldedSum(
      pseudo + [0, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 0, 0, transport] + payload)
  }

  private static func foldedSum(_ bytes: [UInt8]) -> UInt16 {
    var sum = 0
    for offset in stride(from: 0, to: bytes.count, by: 2) {
      sum += Int(bytes[offset]) << 8 + (offset + 1 < bytes.count ? Int(bytes[offset + 1]) : 0)
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  private static func put(_ sum: UInt16, in bytes: inout [UInt8], at offset: Int) {
    bytes[offset] = UInt8(sum >> 8)
    bytes[offset + 1] = UInt8(sum & 0xff)
  }
}
