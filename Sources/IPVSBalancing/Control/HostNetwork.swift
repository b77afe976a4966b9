// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSText

/// The addresses and interfaces of a machine as plain values, for tests and replays.
public struct HostNetwork: Hashable, Sendable {
  /// An IPv4 network that the director is in, with its own address there.
  public struct Network: Hashable, Sendable {
    /// The director's address.
    public let address: IPv4Address

    /// The length of the network's prefix, 0...32.
    public let prefixLength: Int

    /// Nil unless the length is in 0...32.
    public init?(_ address: IPv4Address, prefixLength: Int) {
      guard (0...32).contains(prefixLength) else { return nil }
      self.address = address
      self.prefixLength = prefixLength
    }

    /// The address of all hosts; a network of two hosts or one has none (RFC 3021).
    fileprivate var broadcast: UInt32? {
      prefixLength < 31 ? address.bits | UInt32.max >> UInt32(prefixLength) : nil
    }
  }

  /// The IPv4 networks, beside 127.0.0.0/8.
  public var networks: [Network]

  /// The director's IPv6 addresses.
  public var addresses: [IPv6Address]

  /// The interfaces, with the longest packet that each takes, in bytes.
  public var interfaces: [ByteString: UInt32]

  /// - Parameters:
  ///   - networks: Beside 127.0.0.0/8, which every director has.
  ///   - addresses: The IPv6 addresses.
  ///   - interfaces: The MTU of each interface in bytes.
  public init(
    networks: [Network] = [], addresses: [IPv6Address] = [], interfaces: [ByteString: UInt32] = [:]
  ) {
    self.networks = networks
    self.addresses = addresses
    self.interfaces = interfaces
  }
}

extension HostNetwork: AddressKinds {
  private static let loopback: UInt128 = 127
  private static let loopbackBroadcast: UInt128 = 0x7fff_ffff

  /// The kind of an address, as the networks and addresses tell it.
  public func kind(of address: UInt128, _ family: AddressFamily) -> AddressKind {
    switch family {
    case .ipv4:
      if address == Self.loopbackBroadcast { return .other }
      if address >> 24 == Self.loopback { return .local }
      for network in networks {
        if let last = network.broadcast, address == UInt128(last) { return .other }
        if address == UInt128(network.address.bits) { return .local }
      }
    case .ipv6:
      if address == 1 || addresses.contains(IPv6Address(address)) { return .local }
    }
    return AddressKind(ofNumber: address, family)
  }
}

extension HostNetwork: Interfaces {
  /// The MTU of an interface in bytes; nil if there is no interface of this name.
  public func mtu(of interface: ByteString) -> UInt32? { interfaces[interface] }
}

/// The kind of an address, as seen from the director.
public enum AddressKind: Hashable, Sendable {
  /// One host.
  case unicast

  /// The director itself.
  case local

  /// A broadcast, multicast, link-local, or unspecified address.
  case other

  /// Whether a real server may have the address.
  public var isHost: Bool { self != .other }

  /// The kind by the number alone: `other` or `unicast`. An own address of the director is `local`, and a
  /// broadcast address of one of its networks `other`, which the number does not show (linux/in.h;
  /// net/ipv6/addrconf_core.c, `__ipv6_addr_type`).
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

/// The director's knowledge of addresses, queried for each added server.
public protocol AddressKinds {
  /// The kind of an address; an IPv4 address is in the low 32 bits.
  func kind(of address: UInt128, _ family: AddressFamily) -> AddressKind
}
