// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSHost
import IPVSSockets
import TestSupport

/// Answers of the kernel, laid out by hand as rtnetlink(7) describes them.
enum Messages {
  static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  static func attribute(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: -payload.count & 3)
    return number(UInt16(4 + payload.count)) + number(type) + payload + padding
  }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

  /// `struct ifinfomsg` of an interface, as Linux 6.1 sends it, with some of its attributes.
  static func link(
    _ index: Int32, _ name: String, flags: UInt32 = 0x11043, mtu: UInt32 = 1500,
    kind: String? = nil, xdp: UInt8 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = [0, 0] + number(UInt16(1)) + number(index) + number(flags)
    bytes += number(UInt32(0)) + attribute(3, text(name)) + attribute(13, number(UInt32(1000)))
    bytes += attribute(4, number(mtu)) + attribute(43, attribute(2, [xdp]))
    if let kind { bytes += attribute(18, attribute(1, text(kind)) + attribute(2, [])) }
    return bytes
  }

  /// `struct ifaddrmsg` of an address.
  static func address(
    _ address: IPAddress, prefix: UInt8, link: Int32, flags: UInt32 = 0x80
  ) -> [UInt8] {
    let bytes = address.octets
    return [UInt8(address.family.rawValue), prefix, UInt8(truncatingIfNeeded: flags), 0]
      + number(link) + attribute(1, bytes) + attribute(2, bytes) + attribute(8, number(flags))
  }

  /// `struct rtmsg` of a route.
  static func route(_ family: AddressFamily, kind: UInt8, _ attributes: [UInt8]...) -> [UInt8] {
    [UInt8(family.rawValue), 32, 0, 0, 254, 9, 0, kind] + number(UInt32(0x200))
      + attributes.flatMap(\.self)
  }

  /// `struct ndmsg` of a neighbour.
  static func neighbour(_ address: IPAddress, link: Int32, state: UInt16) -> [UInt8] {
    [UInt8(address.family.rawValue), 0, 0, 0] + number(link) + number(state) + [0, 1]
      + attribute(1, address.octets) + attribute(2, [2, 0, 0, 0, 0, 1])
  }

  /// A peer that answers each datagram with one of messages, or with what is received in its place.
  static func peer(_ answer: @escaping ([SentMessage]) -> [Answer]) -> NetlinkPeer {
    .transport(
      AnsweringTransport { requests in
        [.datagram(ScriptedTransport.datagram(answer(requests), to: requests))]
      })
  }
}

extension IPAddress {
  /// An address of a literal.
  static func of(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(IPv4Address(0)) }
}
