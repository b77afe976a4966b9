internal import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSRules
internal import IPVSText

extension MessageWriter {
  /// Appends an address in network order, in the 16 bytes that IPVS gives to both families.
  mutating func attribute(_ type: UInt16, _ address: IPAddress) {
    attribute(type, number: address.wireBits.bigEndian)
  }

  /// Appends a port in network order.
  mutating func attribute(_ type: UInt16, port: UInt16) {
    attribute(type, number: port.bigEndian)
  }
}

extension IPAddress {
  /// The 16 bytes of the address as IPVS sends it, as one number: an IPv4 address comes first, and
  /// zeros follow.
  fileprivate var wireBits: UInt128 {
    switch self {
    case .v4(let address): UInt128(address.bits) << 96
    case .v6(let address): address.bits
    }
  }

  /// The address of one family in the 16 bytes that IPVS gives to both.
  init(_ family: AddressFamily, wireBits bits: UInt128) {
    switch family {
    case .ipv4: self = .v4(IPv4Address(UInt32(truncatingIfNeeded: bits >> 96)))
    case .ipv6: self = .v6(IPv6Address(bits))
    }
  }
}

extension RawSpan {
  /// The 16 bytes of an address; bytes that are missing are zeros, as the kernel takes them.
  func addressBits(of attribute: UInt16) throws(NetlinkFormatError) -> UInt128 {
    guard byteCount < IPVSFamily.addressLength else {
      return UInt128(bigEndian: try number(UInt128.self, of: attribute))
    }
    var bits: UInt128 = 0
    for offset in 0..<byteCount {
      let byte = try extracting(offset...).number(UInt8.self, of: attribute)
      bits |= UInt128(byte) << (120 - 8 * offset)
    }
    return bits
  }

  func family(of attribute: UInt16) throws(NetlinkFormatError) -> AddressFamily {
    let value = try number(UInt16.self, of: attribute)
    guard let family = AddressFamily(rawValue: value) else {
      throw .valueUnknown(type: attribute, value: UInt64(value))
    }
    return family
  }

  /// The port, in network order, at the beginning of the payload.
  func port(of attribute: UInt16) throws(NetlinkFormatError) -> UInt16 {
    UInt16(bigEndian: try number(UInt16.self, of: attribute))
  }

  /// The name that the payload holds.
  func name(_ limit: Int, of attribute: UInt16) throws(NetlinkFormatError) -> KernelName {
    guard let name = KernelName(ByteString(text()), atMost: limit) else {
      throw .valueUnknown(type: attribute, value: UInt64(byteCount))
    }
    return name
  }
}
