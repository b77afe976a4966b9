// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets

/// What kind of packets a bench sends through a director.
enum Traffic: String {
  case request, reply, udp, ipv6

  var family: AddressFamily { self == .ipv6 ? .ipv6 : .ipv4 }
  var transport: UInt8 { self == .udp ? 17 : 6 }
  var hook: Hook { self == .reply ? .forward : .localIn }

  /// 202.106.103.5, or the same below 2001:db8::.
  func virtual(_ number: Int) -> UInt128 { prefix | 0xca6a_6705 + UInt128(number) }

  /// 172.16.0.3 and those after it, or the same below 2001:db8::.
  func server(_ number: Int) -> ServerKey {
    ServerKey(family, address: prefix | 0xac10_0003 + UInt128(number), port: 8000)
  }

  func service(_ number: Int = 0) -> ServiceKey {
    ServiceKey(family, transport: UInt16(transport), address: virtual(number), port: 80)
  }

  private var prefix: UInt128 { self == .ipv6 ? 0x2001_0db8 << 96 : 0 }
}

/// A packet of 60 bytes, and the offsets of the fields that differ.
struct Pattern {
  static let length = 60

  /// The lower 32 bits of the addresses of the client and of the other end.
  let client, other: Int

  /// The client's port.
  let port: Int

  /// The flags of TCP.
  let flags: Int?

  var bytes = [UInt8](repeating: 0, count: Site.room)

  init(_ traffic: Traffic) {
    let isIPv6 = traffic == .ipv6
    let isReply = traffic == .reply
    let (source, destination, transport) = isIPv6 ? (20, 36, 40) : (12, 16, 20)
    (client, other) = isReply ? (destination, source) : (source, destination)
    port = transport + (isReply ? 2 : 0)
    flags = traffic == .udp ? nil : transport + 13
    if isIPv6 {
      bytes[0] = 0x60
      bytes[5] = 20
      bytes[6] = traffic.transport
      bytes[7] = 64
      for start in [8, 24] { bytes.replaceSubrange(start..<start + 4, with: [0x20, 1, 0xd, 0xb8]) }
    } else {
      bytes[0] = 0x45
      bytes[3] = UInt8(Self.length)
      bytes[8] = 64
      bytes[9] = traffic.transport
    }
    if traffic == .udp {
      // A checksum, whatever it is: 0 would say that there is none.
      bytes[transport + 5] = UInt8(Self.length - transport)
      bytes[transport + 6] = 0x12
    } else {
      bytes[transport + 12] = 0x50
    }
    let otherPort = isReply ? 8000 : 80
    bytes[transport + (isReply ? 0 : 2)] = UInt8(otherPort >> 8)
    bytes[transport + (isReply ? 1 : 3)] = UInt8(otherPort & 0xff)
  }
}
