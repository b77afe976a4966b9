// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// Why bytes cannot be read as a packet.
public enum PacketError: Error, Hashable {
  /// The bytes end inside of a header, or before the end that the header names.
  case truncated(needed: Int, available: Int)

  /// The first four bits are neither 4 nor 6.
  case version(UInt8)

  /// An IPv4 header of fewer than 20 bytes.
  case headerLength(Int)

  /// The length of the whole is less than that of its headers.
  case totalLength(Int, headers: Int)
}

// Most packets have nothing between the IP header and the transport header. Reading these is inlined;
// all others are read by a function call.

extension PacketHeader {
  /// Reads the headers of a packet.
  ///
  /// The checksum of an IPv4 header is not verified.
  ///
  /// - Parameter packet: From the IP header on. Bytes after the packet's own end are ignored.
  /// - Throws: `PacketError` if the headers are malformed, or the packet is cut off.
  @inlinable @inline(__always)
  public init(reading packet: RawSpan) throws(PacketError) {
    let count = packet.byteCount
    guard count >= 20 else { throw .truncated(needed: 20, available: count) }
    let first = packet.raw(UInt8.self, at: 0)
    if first == 0x45 {
      let length = Int(packet.number(UInt16.self, at: 2))
      if length >= 20, length <= count {
        self.init(ipv4: packet, start: 20, length: length, limit: length)
        return
      }
    } else if first >> 4 == 6, count >= 40 {
      let length = 40 &+ Int(packet.number(UInt16.self, at: 4))
      let chain = ExtensionHeaders(beginningIn: packet)
      if length <= count, chain.isOver {
        self.init(ipv6: packet, behind: chain, length: length, limit: length)
        return
      }
    }
    self = try PacketHeader(uncommon: packet, isWhole: true)
  }

  /// Reads the headers of a packet that an ICMP error quotes: only its beginning is present, and a router
  /// may have changed its length.
  init(quoted packet: RawSpan) throws(PacketError) {
    try self.init(uncommon: packet, isWhole: false)
  }

  @usableFromInline
  init(uncommon packet: RawSpan, isWhole: Bool) throws(PacketError) {
    guard packet.byteCount >= 20 else {
      throw .truncated(needed: 20, available: packet.byteCount)
    }
    switch packet.raw(UInt8.self, at: 0) >> 4 {
    case 4: try self.init(ipv4: packet, isWhole: isWhole)
    case 6: try self.init(ipv6: packet, isWhole: isWhole)
    case let version: throw .version(version)
    }
  }

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
    self.init(ipv4: packet, start: start, length: length, limit: limit)
  }

  /// - Parameters:
  ///   - start: The length of the header.
  ///   - length: The length of the packet, as the header states it.
  ///   - limit: Where the bytes end that may be read: `start` or more.
  @inlinable @inline(__always)
  init(ipv4 packet: RawSpan, start: Int, length: Int, limit: Int) {
    let fragmentation = packet.number(UInt16.self, at: 6)
    family = .ipv4
    transport = packet.raw(UInt8.self, at: 9)
    fragment = Fragment(offset: fragmentation & 0x1fff, hasMore: fragmentation & 0x2000 != 0)
    dontFragment = fragmentation & 0x4000 != 0
    hasFragmentHeader = false
    hops = packet.raw(UInt8.self, at: 8)
    transportStart = UInt32(truncatingIfNeeded: start)
    end = UInt32(truncatingIfNeeded: length)
    available = UInt32(truncatingIfNeeded: limit)
    hasPorts =
      TransportNumber.hasPorts(transport) && fragment != .later && limit &- start >= 4
    ends = Ends(
      source: UInt128(packet.number(UInt32.self, at: 12)),
      destination: UInt128(packet.number(UInt32.self, at: 16)),
      ports: hasPorts ? packet.number(UInt32.self, at: start) : 0)
  }

  private init(ipv6 packet: RawSpan, isWhole: Bool) throws(PacketError) {
    guard packet.byteCount >= 40 else {
      throw .truncated(needed: 40, available: packet.byteCount)
    }
    let length = 40 + Int(packet.number(UInt16.self, at: 4))
    guard !isWhole || packet.byteCount >= length else {
      throw .truncated(needed: length, available: packet.byteCount)
    }
    let limit = isWhole ? length : packet.byteCount
    var chain = ExtensionHeaders(beginningIn: packet)
    try chain.walk(in: packet, end: limit)
    self.init(ipv6: packet, behind: chain, length: length, limit: limit)
  }

  /// - Parameters:
  ///   - chain: The walk over all extension headers.
  ///   - length: The length of the packet, as the header states it.
  ///   - limit: Where the bytes end that may be read: `chain.end` or more.
  @inlinable @inline(__always)
  init(ipv6 packet: RawSpan, behind chain: ExtensionHeaders, length: Int, limit: Int) {
    family = .ipv6
    transport = chain.transport
    fragment = chain.fragment
    dontFragment = false
    hasFragmentHeader = chain.hasFragmentHeader
    hops = packet.raw(UInt8.self, at: 7)
    transportStart = UInt32(truncatingIfNeeded: chain.end)
    end = UInt32(truncatingIfNeeded: length)
    available = UInt32(truncatingIfNeeded: limit)
    hasPorts =
      TransportNumber.hasPorts(transport) && fragment != .later && limit &- chain.end >= 4
    ends = Ends(
      source: packet.number(UInt128.self, at: 8),
      destination: packet.number(UInt128.self, at: 24),
      ports: hasPorts ? packet.number(UInt32.self, at: chain.end) : 0)
  }
}
