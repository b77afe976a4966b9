// SPDX-License-Identifier: Apache-2.0

/// A packet without what a director draws at random: the identification of what it makes itself, and
/// the source port of GUE, with the sums that hang on them.
enum MaskedPacket {
  /// Protocols of what a director makes: ICMP, and the outer headers of tunnels.
  private static let own: Set<UInt8> = [1, 4, 41, 47]

  /// The director's address on the servers' wire, from which tunnels begin.
  private static let director: [UInt8] = [10, 2, 255, 254]

  private static let guePort: [UInt8] = [0x17, 0xc0]

  static func bytes(_ packet: [UInt8]) -> [UInt8] {
    var packet = packet
    guard packet.count >= 20 else { return packet }
    let isIPv6 = packet[0] >> 4 == 6
    let transport = isIPv6 ? packet[6] : packet[9]
    let start = isIPv6 ? 40 : Int(packet[0] & 15) * 4
    let isLater = !isIPv6 && (packet[6] & 0x1f != 0 || packet[7] != 0)
    let isGUE =
      transport == 17 && !isLater && packet.count >= start + 8
      && Array(packet[start + 2..<start + 4]) == guePort
    if !isIPv6, own.contains(transport) || Array(packet[12..<16]) == director {
      packet.clear(4..<6)
      packet.clear(10..<12)
    }
    if isGUE {
      packet.clear(start..<start + 2)
      packet.clear(start + 6..<start + 8)
    }
    return packet
  }
}

extension [UInt8] {
  fileprivate mutating func clear(_ range: Range<Int>) {
    for offset in range { self[offset] = 0 }
  }
}
