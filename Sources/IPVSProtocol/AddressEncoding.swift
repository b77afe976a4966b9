// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSNetlinkFormat

// How addresses, ports, and masks look in attributes of the IPVS family. Client and server both read and
// write them here.

extension AddressFamily {
  /// The address that a field of 16 bytes holds: IPv4 in the first four, the rest unused.
  ///
  /// - Parameter field: The 16 bytes as a number, the first byte highest.
  @inline(__always)
  public func address(inField field: UInt128) -> UInt128 { self == .ipv4 ? field >> 96 : field }

  /// The 16 bytes that an address takes, as a number, the first byte highest.
  @inline(__always)
  public func field(_ address: UInt128) -> UInt128 { self == .ipv4 ? address << 96 : address }

  /// The number in a netmask attribute: an IPv4 mask in network order, or an IPv6 prefix length in host
  /// order. The conversion is its own inverse.
  @inline(__always)
  public func netmaskField(_ netmask: UInt32) -> UInt32 {
    self == .ipv4 ? netmask.bigEndian : netmask
  }
}

extension IPAddress {
  /// The address of a family in a field of 16 bytes (`AddressFamily.address(inField:)`).
  public init(_ family: AddressFamily, field: UInt128) {
    let bits = family.address(inField: field)
    switch family {
    case .ipv4: self = .v4(IPv4Address(UInt32(truncatingIfNeeded: bits)))
    case .ipv6: self = .v6(IPv6Address(bits))
    }
  }
}

extension MessageWriter {
  /// Appends an address in the 16 bytes that IPVS gives to both families.
  public mutating func attribute(_ type: UInt16, _ family: AddressFamily, address: UInt128) {
    attribute(type, number: family.field(address).bigEndian)
  }

  /// Appends an address in the 16 bytes that IPVS gives to both families.
  public mutating func attribute(_ type: UInt16, _ address: IPAddress) {
    switch address {
    case .v4(let address): attribute(type, .ipv4, address: UInt128(address.bits))
    case .v6(let address): attribute(type, .ipv6, address: address.bits)
    }
  }

  /// Appends a port in network order.
  public mutating func attribute(_ type: UInt16, port: UInt16) {
    attribute(type, number: port.bigEndian)
  }
}

extension RawSpan {
  /// The first 16 bytes as a number, the first byte highest. The kernel takes missing bytes for zeros.
  public func leadingField() -> UInt128 {
    if let bits = load(UInt128.self, at: 0) { return UInt128(bigEndian: bits) }
    var bits: UInt128 = 0
    for offset in 0..<byteCount {
      guard let byte = load(UInt8.self, at: offset) else { break }
      bits |= UInt128(byte) << (120 - 8 * offset)
    }
    return bits
  }

  /// The port in network order at the beginning of the payload.
  ///
  /// - Throws: `attributeTooShort`.
  public func port(of attribute: UInt16) throws(NetlinkFormatError) -> UInt16 {
    UInt16(bigEndian: try number(UInt16.self, of: attribute))
  }

  /// The family of addresses at the beginning of the payload.
  ///
  /// - Throws: `attributeTooShort`, or `valueUnknown` if it is neither AF_INET nor AF_INET6.
  public func family(of attribute: UInt16) throws(NetlinkFormatError) -> AddressFamily {
    let value = try number(UInt16.self, of: attribute)
    guard let family = AddressFamily(rawValue: value) else {
      throw .valueUnknown(type: attribute, value: UInt64(value))
    }
    return family
  }
}
