// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat
package import IPVSText

/// A network interface (RTM_GETLINK).
package struct Link: Hashable, Sendable {
  /// What is said of a link by one bit each (`IFF_*`).
  package struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt32

    /// The flags of these bits.
    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// The administrator has set it up.
    package static let up = Flags(rawValue: 0x1)

    /// The loopback.
    package static let loopback = Flags(rawValue: 0x8)

    /// It has two ends and no link addresses.
    package static let pointToPoint = Flags(rawValue: 0x10)

    /// Neighbours are not asked for their link addresses.
    package static let noARP = Flags(rawValue: 0x80)

    /// It carries multicast.
    package static let multicast = Flags(rawValue: 0x1000)

    /// There is a carrier.
    package static let lowerUp = Flags(rawValue: 0x10000)
  }

  /// The index, from 1 on.
  package var index: Int32

  /// The name.
  package var name: ByteString

  /// The flags.
  package var flags: Flags

  /// The most bytes in a packet.
  package var mtu: UInt32

  /// The kind of a virtual link, such as `ipip` or `vrf`; nil for hardware and the loopback.
  package var kind: ByteString?

  /// Whether an XDP program sees its packets before everything else does.
  package var hasXDP = false

  /// Makes a link of its parts.
  package init(
    index: Int32, name: ByteString, flags: Flags, mtu: UInt32, kind: ByteString? = nil
  ) {
    self.index = index
    self.name = name
    self.flags = flags
    self.mtu = mtu
    self.kind = kind
  }

  init(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let index = message.load(Int32.self, at: 4), let bits = message.load(UInt32.self, at: 8)
    else { throw .messageLength(claimed: 16, available: message.byteCount) }
    self.init(index: index, name: "", flags: Flags(rawValue: bits), mtu: 0)
    try Attribute.forEach(in: message, skipping: 16) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 3: name = ByteString(payload.text())
      case 4: mtu = try payload.number(UInt32.self, of: type)
      case 18:
        try Attribute.forEach(in: payload) { type, payload in
          if type == 1 { kind = ByteString(payload.text()) }
        }
      case 43:
        try Attribute.forEach(in: payload) { type, payload throws(NetlinkFormatError) in
          if type == 2 { hasXDP = try payload.number(UInt8.self, of: type) != 0 }
        }
      default: break
      }
    }
  }
}

/// An address of a network interface (RTM_GETADDR).
package struct InterfaceAddress: Hashable, Sendable {
  /// What is said of an address by one bit each (`IFA_F_*`).
  package struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt32

    /// The flags of these bits.
    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Another host has the address.
    package static let duplicate = Flags(rawValue: 0x08)

    /// It is not yet known whether another host has it.
    package static let tentative = Flags(rawValue: 0x40)
  }

  /// The address of this host.
  package var address: IPAddress

  /// How many of its bits are those of the network on the link.
  package var prefixLength: UInt8

  /// The index of the link.
  package var link: Int32

  /// The flags.
  package var flags: Flags

  /// Makes an address of its parts.
  package init(
    _ address: IPAddress, prefixLength: UInt8, link: Int32, flags: Flags = []
  ) {
    self.address = address
    self.prefixLength = prefixLength
    self.link = link
    self.flags = flags
  }

  /// The network that the address makes reachable over its link.
  package var network: AddressPrefix? { AddressPrefix(address, length: Int(prefixLength)) }

  /// Nil for an address of a family other than IPv4 and IPv6.
  init?(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let family = message.load(UInt8.self, at: 0),
      let length = message.load(UInt8.self, at: 1), let bits = message.load(UInt8.self, at: 2),
      let index = message.load(Int32.self, at: 4)
    else { throw .messageLength(claimed: 8, available: message.byteCount) }
    var local: IPAddress?
    var other: IPAddress?
    var flags = UInt32(bits)
    try Attribute.forEach(in: message, skipping: 8) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 1: other = payload.address(of: family)
      case 2: local = payload.address(of: family)
      case 8: flags = try payload.number(UInt32.self, of: type)
      default: break
      }
    }
    guard let address = local ?? other else { return nil }
    self.init(
      address, prefixLength: length, link: index, flags: Flags(rawValue: flags))
  }
}
