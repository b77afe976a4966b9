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
