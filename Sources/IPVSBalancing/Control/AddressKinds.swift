public import IPVSAddresses

/// What an address stands for, from where the director is.
public enum AddressKind: Hashable, Sendable {
  /// One host.
  case unicast

  /// The director itself.
  case local

  /// All hosts of a network, a group, a host of one link only, or nobody.
  case other

  /// Whether a real server may have the address.
  public var isHost: Bool { self != .other }

  /// What the number alone says: `other`, or else `unicast`, which the director's own addresses may
  /// make `local`, and the last address of one of its networks `other` (linux/in.h; net/ipv6/addrconf_core.c,
  /// `__ipv6_addr_type`).
  public init(ofNumber address: UInt128, _ family: AddressFamily) {
    switch family {
    case .ipv4:
      let isGroup = address >> 28 == 0xe
      self = address == 0 || address == 0xffff_ffff || isGroup ? .other : .unicast
    case .ipv6:
      let isLinkLocal = address >> 118 == 0xfe80 >> 6
      let isMappedIPv4 = address >> 32 == 0xffff
      let isGroup = address >> 120 == 0xff
      self = address == 0 || isLinkLocal || isMappedIPv4 || isGroup ? .other : .unicast
    }
  }
}

/// What the director's machine knows of addresses, asked for each server that is added.
public protocol AddressKinds {
  /// What an address stands for; that of IPv4 is in the low 32 bits.
  func kind(of address: UInt128, _ family: AddressFamily) -> AddressKind
}
