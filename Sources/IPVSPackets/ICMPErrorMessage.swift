// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// A received ICMP error, which quotes the beginning of the packet that it is about.
public struct ICMPErrorMessage: Sendable {
  /// The bytes of an ICMP header.
  static let headerLength = 8

  /// The header of the quoted packet, as far as it is present. Its offsets count from its own IP header;
  /// its length is the one that it states, right or wrong.
  public let embedded: PacketHeader

  /// Where the quoted packet begins, in bytes from the outer IP header.
  public let embeddedOffset: Int

  let type: UInt8
  let code: UInt8

  /// The second four bytes of the ICMP header.
  let parameter: UInt32

  /// The MTU that the error states (RFC 1191, section 4); 0 if the router is too old to state it. Nil if
  /// the error says something else, or is of IPv6.
  public var mtu: Int? {
    embedded.family == .ipv4 && type == 3 && code == 4
      ? Int(UInt16(truncatingIfNeeded: parameter)) : nil
  }

  /// - Returns: Nil if the packet is no error of the types that IPVS handles (`isError`), or if it does not
  ///   quote the headers of a packet of the same family.
  public init?(reading packet: RawSpan, _ header: PacketHeader) {
    let start = header.transportOffset + Self.headerLength
    guard Self.isError(packet, header), !header.hasFragmentHeader,
      let embedded = try? PacketHeader(quoted: packet.extracting(start..<header.length)),
      embedded.family == header.family
    else { return nil }
    self.embedded = embedded
    embeddedOffset = start
    type = packet.raw(UInt8.self, at: header.transportOffset)
    code = packet.raw(UInt8.self, at: header.transportOffset + 1)
    parameter = packet.number(UInt32.self, at: header.transportOffset + 4)
  }

  /// Whether the packet is to be dropped as a malformed ICMP message: its header is cut off, or it is an
  /// error behind the fragment header of IPv6.
  public static func isUnreadable(_ packet: RawSpan, _ header: PacketHeader) -> Bool {
    guard isICMP(header), header.fragment != .later else { return false }
    return !header.hasTransportHeader || (header.hasFragmentHeader && isError(packet, header))
  }

  private static func isICMP(_ header: PacketHeader) -> Bool {
    switch header.family {
    case .ipv4: header.transport == TransportNumber.icmp
    case .ipv6: header.transport == TransportNumber.icmpv6
    }
  }

  /// IPv4: destination unreachable, source quench, and time exceeded (RFC 792). IPv6: all types below
  /// 128 (RFC 4443, section 2.1).
  private static func isError(_ packet: RawSpan, _ header: PacketHeader) -> Bool {
    guard isICMP(header), header.hasTransportHeader, packet.byteCount >= header.length else {
      return false
    }
    let type = packet.raw(UInt8.self, at: header.transportOffset)
    switch header.family {
    case .ipv4: return type == 3 || type == 4 || type == 11
    case .ipv6: return type < 128
    }
  }

  /// Whether the checksum of the ICMP message is right (RFC 792; RFC 4443, section 2.3).
  public func isChecksumRight(in packet: RawSpan, _ header: PacketHeader) -> Bool {
    Self.sum(in: packet, header) == 0xffff
  }

  /// Rewrites an error for the server that it concerns: the destination, and the source of the quoted
  /// packet, become the server's.
  ///
  /// - Parameters:
  ///   - packet: The packet of the error.
  ///   - header: Its header, which follows the change.
  ///   - address: The new address.
  ///   - port: In host order; ignored if the quoted packet has no ports.
  ///   - checksum: Whether the transport checksum is complete.
  public func dnat(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, to address: UInt128,
    port: UInt16, checksum: ChecksumState
  ) {
    header.ends.destination = address
    put(address, in: &packet, header, at: (ipv4: 16, ipv6: 24), inside: (ipv4: 12, ipv6: 8))
    finish(&packet, header, port: port, at: 0, checksum)
  }

  /// Rewrites an error for the client that it concerns: the source, and the destination of the quoted
  /// packet, become the virtual service's.
  ///
  /// - Parameters:
  ///   - packet: The packet of the error.
  ///   - header: Its header, which follows the change.
  ///   - address: The new address.
  ///   - port: In host order; ignored if the quoted packet has no ports.
  ///   - checksum: Whether the transport checksum is complete.
  public func snat(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, as address: UInt128,
    port: UInt16, checksum: ChecksumState
  ) {
    header.ends.source = address
    put(address, in: &packet, header, at: (ipv4: 12, ipv6: 8), inside: (ipv4: 16, ipv6: 24))
    finish(&packet, header, port: port, at: 2, checksum)
  }

  /// Stores the address in both IP headers.
  private func put(
    _ address: UInt128, in packet: inout MutableRawSpan, _ header: PacketHeader,
    at outer: (ipv4: Int, ipv6: Int), inside inner: (ipv4: Int, ipv6: Int)
  ) {
    precondition(packet.byteCount >= embeddedOffset + Int(embedded.available))
    switch header.family {
    case .ipv4:
      packet.store(UInt32(truncatingIfNeeded: address), at: outer.ipv4)
      packet.store(UInt32(truncatingIfNeeded: address), at: embeddedOffset + inner.ipv4)
    case .ipv6:
      packet.store(address, at: outer.ipv6)
      packet.store(address, at: embeddedOffset + inner.ipv6)
    }
  }

  /// Stores the port, and computes all checksums but that of the quoted TCP or UDP header, whose data is
  /// incomplete.
  private func finish(
    _ packet: inout MutableRawSpan, _ header: PacketHeader, port: UInt16, at portOffset: Int,
    _ checksum: ChecksumState
  ) {
    if embedded.hasPorts {
      packet.store(port, at: embeddedOffset + embedded.transportOffset + portOffset)
    }
    if header.family == .ipv4 {
      packet.finishHeader(length: header.transportOffset)
      packet.finishHeader(at: embeddedOffset, length: embedded.transportOffset)
    }
    let checksumOffset = header.transportOffset + 2
    packet.store(raw: UInt16(0), at: checksumOffset)
    let sum =
      switch checksum {
      case .complete: ~Self.sum(in: packet.bytes, header)
      case .partial: InternetChecksum.fold(Self.pseudoHeader(header))
      }
    packet.store(raw: sum, at: checksumOffset)
  }

  private static func sum(in packet: RawSpan, _ header: PacketHeader) -> UInt16 {
    let sum = InternetChecksum.sum(of: packet, in: header.transportOffset..<header.length)
    return InternetChecksum.fold(sum &+ pseudoHeader(header))
  }

  /// 0 for ICMP of IPv4, which has none.
  private static func pseudoHeader(_ header: PacketHeader) -> UInt64 {
    guard header.family == .ipv6 else { return 0 }
    return InternetChecksum.pseudoHeader(
      source: header.source, destination: header.destination,
      length: header.length - header.transportOffset, transport: header.transport)
  }
}
