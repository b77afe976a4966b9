internal import IPVSAddresses

extension PacketHeader {
  /// Reads the headers of a packet.
  ///
  /// The checksum of an IPv4 header is not looked at.
  ///
  /// - Parameter packet: from the IP header on. What is behind the packet's own end is passed over.
  @inline(__always)
  public init(reading packet: RawSpan) throws(PacketError) {
    try self.init(packet, isWhole: true)
  }

  /// Reads the headers of a packet of which an ICMP error holds the beginning, and which may have
  /// got a wrong length on its way: only what is there counts.
  init(quoted packet: RawSpan) throws(PacketError) {
    try self.init(packet, isWhole: false)
  }

  @inline(__always)
  private init(_ packet: RawSpan, isWhole: Bool) throws(PacketError) {
    guard packet.byteCount >= 20 else {
      throw .truncated(needed: 20, available: packet.byteCount)
    }
    switch packet.raw(UInt8.self, at: 0) >> 4 {
    case 4: try self.init(ipv4: packet, isWhole: isWhole)
    case 6: try self.init(ipv6: packet, isWhole: isWhole)
    case let version: throw .version(version)
    }
  }

  @inline(__always)
  private init(ipv4 packet: RawSpan, isWhole: Bool) throws(PacketError) {
    let start = Int(packet.raw(UInt8.self, at: 0) & 0xf) * 4
    let length = Int(packet.number(UInt16.self, at: 2))
    guard start >= 20 else { throw .headerLength(start) }
    guard !isWhole || length >= start else { throw .totalLength(length, headers: start) }
    let needed = isWhole ? length : start
    guard packet.byteCount >= needed else {
      throw .truncated(needed: needed, available: packet.byteCount)
    }
    let limit = isWhole ? length : packet.byteCount
    let fragmentation = packet.number(UInt16.self, at: 6)
    family = .ipv4
    transport = packet.raw(UInt8.self, at: 9)
    fragment = Fragment(offset: fragmentation & 0x1fff, hasMore: fragmentation & 0x2000 != 0)
    dontFragment = fragmentation & 0x4000 != 0
    hasFragmentHeader = false
    timeToLive = packet.raw(UInt8.self, at: 8)
    transportStart = UInt16(truncatingIfNeeded: start)
    end = UInt32(truncatingIfNeeded: length)
    available = UInt32(truncatingIfNeeded: limit)
    source = UInt128(packet.number(UInt32.self, at: 12))
    destination = UInt128(packet.number(UInt32.self, at: 16))
    hasPorts =
      TransportNumber.hasPorts(transport) && fragment != .later
      && limit >= start + 4
    let ports = hasPorts ? packet.number(UInt32.self, at: start) : 0
    sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    destinationPort = UInt16(truncatingIfNeeded: ports)
  }

  @inline(__always)
  private init(ipv6 packet: RawSpan, isWhole: Bool) throws(PacketError) {
    guard packet.byteCount >= 40 else {
      throw .truncated(needed: 40, available: packet.byteCount)
    }
    let length = 40 + Int(packet.number(UInt16.self, at: 4))
    guard !isWhole || packet.byteCount >= length else {
      throw .truncated(needed: length, available: packet.byteCount)
    }
    let limit = isWhole ? length : packet.byteCount
    let chain = try ExtensionHeaders(in: packet, end: limit)
    family = .ipv6
    transport = chain.transport
    fragment = chain.fragment
    dontFragment = false
    hasFragmentHeader = chain.hasFragmentHeader
    timeToLive = packet.raw(UInt8.self, at: 7)
    transportStart = UInt16(truncatingIfNeeded: chain.end)
    end = UInt32(truncatingIfNeeded: length)
    available = UInt32(truncatingIfNeeded: limit)
    source = packet.number(UInt128.self, at: 8)
    destination = packet.number(UInt128.self, at: 24)
    hasPorts =
      TransportNumber.hasPorts(transport) && fragment != .later
      && limit >= chain.end + 4
    let ports = hasPorts ? packet.number(UInt32.self, at: chain.end) : 0
    sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    destinationPort = UInt16(truncatingIfNeeded: ports)
  }
}

extension Fragment {
  @inline(__always)
  init(offset: UInt16, hasMore: Bool) {
    self = offset != 0 ? .later : hasMore ? .first : .whole
  }
}
