// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// An address of either family.
public enum IPAddress: Hashable, Sendable {
  /// An address of 32 bits.
  case v4(IPv4Address)

  /// An address of 128 bits.
  case v6(IPv6Address)

  /// Reads an address in numbers: `202.103.106.5` or `fd00::1`.
  public init?(_ text: ByteString) {
    if let address = IPv6Address(text) {
      self = .v6(address)
    } else if let address = IPv4Address(text) {
      self = .v4(address)
    } else {
      return nil
    }
  }

  /// The family of the address.
  public var family: AddressFamily {
    switch self {
    case .v4: .ipv4
    case .v6: .ipv6
    }
  }

  /// Whether the address is that of a multicast group (RFC 5771, RFC 4291).
  public var isMulticast: Bool {
    switch self {
    case .v4(let address): address.isMulticast
    case .v6(let address): address.isMulticast
    }
  }

  /// Whether all bits are zero.
  public var isUnspecified: Bool {
    switch self {
    case .v4(let address): address.bits == 0
    case .v6(let address): address.bits == 0
    }
  }
}

extension IPAddress {
  /// Makes an address of its number.
  ///
  /// - Parameters:
  ///   - number: The address as a number; of IPv4 its low 32 bits count.
  ///   - family: The family.
  package init(_ number: UInt128, _ family: AddressFamily) {
    switch family {
    case .ipv4: self = .v4(IPv4Address(UInt32(truncatingIfNeeded: number)))
    case .ipv6: self = .v6(IPv6Address(number))
    }
  }

  /// Reads 4 or 16 bytes in network order; nil for any other number of bytes.
  package init?(octets: [UInt8]) {
    let number = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    switch octets.count {
    case 4: self.init(number, .ipv4)
    case 16: self.init(number, .ipv6)
    default: return nil
    }
  }

  /// The address as a number; that of IPv4 in the low 32 bits.
  package var number: UInt128 {
    switch self {
    case .v4(let address): UInt128(address.bits)
    case .v6(let address): address.bits
    }
  }

  /// The bytes of the address in network order.
  package var octets: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.bits.bigEndian) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.bits.bigEndian) { Array($0) }
    }
  }

  /// Whether the address is one of the loopback: 127.0.0.0/8 or ::1.
  package var isLoopback: Bool {
    switch self {
    case .v4(let address): address.bits >> 24 == 127
    case .v6(let address): address.bits == 1
    }
  }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6, then by number.
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    switch (left, right) {
    case (.v4(let left), .v4(let right)): left < right
    case (.v6(let left), .v6(let right)): left < right
    default: left.family < right.family
    }
  }
}

extension TextBuffer {
  /// Appends the address alone, without brackets.
  public mutating func append(_ address: IPAddress) {
    switch address {
    case .v4(let address): append(address)
    case .v6(let address): append(address)
    }
  }
}

extension IPAddress: LosslessStringConvertible {
  /// Reads an address in numbers: `202.103.106.5` or `fd00::1`.
  public init?(_ text: String) {
    self.init(ByteString(text))
  }

  /// The text in numbers, without brackets.
  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}

extension IPAddress {
  /// What an address is for.
  public enum Kind: Hashable, Sendable {
    /// One machine.
    case unicast

    /// 0.0.0.0 or ::.
    case unspecified

    /// A group of machines (RFC 5771, RFC 4291).
    case multicast

    /// 255.255.255.255. The broadcast addresses of networks are not to be told by the address alone.
    case broadcast

    /// fe80::/10: a machine of one link, which takes an interface to be reached.
    case linkLocal
  }

  /// What the address is for.
  public var kind: Kind {
    if isUnspecified { return .unspecified }
    if isMulticast { return .multicast }
    switch self {
    case .v4(let address): return address.bits == .max ? .broadcast : .unicast
    case .v6(let address): return address.bits >> 118 == 0x3fa ? .linkLocal : .unicast
    }
  }
}
