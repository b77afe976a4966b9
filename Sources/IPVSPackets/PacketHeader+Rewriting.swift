// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

// Masquerading updates checksums, so that wrong ones stay wrong (RFC 1624). As in the kernel, only the
// header checksum of IPv4 is computed anew, and that of UDP if the sender left it out.

extension PacketHeader {
  /// Replaces the packet's destination.
  ///
  /// - Parameters:
  ///   - packet: What was read as this header.
  ///   - address: The new address.
  ///   - port: In host order; ignored if the packet has no ports.
  ///   - checksum: Whether the transport checksum is complete.
  @inlinable @inline(__always)
  public mutating func dnat(
    _ packet: inout MutableRawSpan, to address: UInt128, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(
      of: ends.destination, to: address, port: ends.destinationPort, to: port,
      isIPv4: family == .ipv4)
    ends.destination = address
    if hasPorts { ends.destinationPort = port }
    apply(change, to: &packet, at: family == .ipv4 ? 16 : 24, portAt: 2, checksum)
  }

  /// Replaces the packet's source.
  ///
  /// - Parameters:
  ///   - packet: What was read as this header.
  ///   - address: The new address.
  ///   - port: In host order; ignored if the packet has no ports.
  ///   - checksum: Whether the transport checksum is complete.
  @inlinable @inline(__always)
  public mutating func snat(
    _ packet: inout MutableRawSpan, as address: UInt128, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(
      of: ends.source, to: address, port: ends.sourcePort, to: port, isIPv4: family == .ipv4)
    ends.source = address
    if hasPorts { ends.sourcePort = port }
    apply(change, to: &packet, at: family == .ipv4 ? 12 : 8, portAt: 0, checksum)
  }

  /// Takes one from the time to live, or from the hop limit; a time of 0 stays.
  @inlinable @inline(__always)
  public mutating func decrementTimeToLive(_ packet: inout MutableRawSpan) {
    precondition(packet.byteCount >= Int(available))
    guard hops > 0 else { return }
    hops &-= 1
    guard family == .ipv4 else {
      packet.store(hops, at: 7)
      return
    }
    // RFC 1624 for a word that 0x0100 is subtracted from. It is stored together with the sum, so that a
    // load of both need not wait for two stores.
    let word = packet.number(UInt32.self, at: 8)
    let sum = word & 0xffff &+ 0x0100
    let carried = sum &+ (sum >= 0xffff ? 1 : 0)
    packet.store(word & 0xffff_0000 &- 0x0100_0000 | carried & 0xffff, at: 8)
  }

  /// Adds one to the time to live, or to the hop limit; 255 stays.
  public mutating func incrementTimeToLive(_ packet: inout MutableRawSpan) {
    precondition(packet.byteCount >= Int(available))
    guard hops < 255 else { return }
    hops &+= 1
    switch family {
    case .ipv4:
      packet.store(hops, at: 8)
      finishHeader(of: &packet)
    case .ipv6: packet.store(hops, at: 7)
    }
  }

  /// Stores the new address and port, which the header value has already, and updates the checksums.
  @inlinable @inline(__always)
  func apply(
    _ change: AddressChange, to packet: inout MutableRawSpan, at offset: Int, portAt: Int,
    _ checksum: ChecksumState
  ) {
    precondition(packet.byteCount >= Int(available))
    if family == .ipv4 {
      packet.store(UInt32(truncatingIfNeeded: change.address), at: offset)
      finishHeader(of: &packet)
    } else {
      packet.store(change.address, at: offset)
    }
    guard hasPorts else { return }
    packet.store(change.port, at: transportOffset &+ portAt)
    let checksumOffset = transportOffset &+ 16
    if transport == TransportNumber.tcp, Int(available) >= checksumOffset &+ 2 {
      packet.store(
        raw: change.applied(to: packet.raw(UInt16.self, at: checksumOffset), checksum),
        at: checksumOffset)
    } else {
      adjustOthers(change, in: &packet, checksum)
    }
  }

  @inlinable @inline(__always)
  func finishHeader(of packet: inout MutableRawSpan) {
    guard transportOffset == 20 else {
      packet.finishHeader(length: transportOffset)
      return
    }
    // Take addresses from the value: a load across two stores would have to wait for them.
    let sum =
      UInt64(packet.raw(UInt32.self, at: 0)) &+ UInt64(packet.raw(UInt32.self, at: 4))
      &+ UInt64(packet.raw(UInt32.self, at: 8) & UInt32(0xffff_0000).bigEndian)
      &+ UInt64(UInt32(truncatingIfNeeded: ends.source).bigEndian)
      &+ UInt64(UInt32(truncatingIfNeeded: ends.destination).bigEndian)
    packet.store(raw: ~InternetChecksum.fold(sum), at: 10)
  }

  @usableFromInline
  func adjustOthers(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    switch transport {
    case TransportNumber.udp: adjustUDP(change, in: &packet, checksum)
    case TransportNumber.sctp: adjustSCTP(change, in: &packet, checksum)
    default: break
    }
  }

  private func adjustUDP(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    let checksumOffset = transportOffset + 6
    guard Int(available) >= checksumOffset + 2 else { return }
    let old = packet.raw(UInt16.self, at: checksumOffset)
    switch checksum {
    case .partial: packet.store(raw: change.applied(to: old, checksum), at: checksumOffset)
    case .complete where old != 0:
      let new = change.applied(to: old, checksum)
      packet.store(raw: new == 0 ? 0xffff : new, at: checksumOffset)
    case .complete:
      // The rest of a fragment's datagram is elsewhere.
      guard fragment == .whole else { return }
      let new = ~transportSum(in: packet.bytes)
      packet.store(raw: new == 0 ? 0xffff : new, at: checksumOffset)
    }
  }

  private func adjustSCTP(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    let checksumOffset = transportOffset + 8
    guard Int(available) >= checksumOffset + 4, fragment == .whole else { return }
    guard change.isOtherPort || checksum == .partial else { return }
    packet.store(raw: UInt32(0), at: checksumOffset)
    let sum = CRC32c.checksum(of: packet.bytes, in: transportOffset..<length)
    packet.store(raw: sum.littleEndian, at: checksumOffset)
  }

  /// Whether the checksum of an IPv4 header is right. IPv6 has none.
  public func hasRightChecksum(in packet: RawSpan) -> Bool {
    guard family == .ipv4 else { return true }
    let start = Int(packet.raw(UInt8.self, at: 0) & 0xf) * 4
    return InternetChecksum.fold(InternetChecksum.sum(of: packet, in: 0..<start)) == 0xffff
  }

  /// The folded sum of the pseudo header, the transport header, and what follows: 0xffff if the checksum
  /// is right.
  private func transportSum(in packet: RawSpan) -> UInt16 {
    let pseudo = InternetChecksum.pseudoHeader(
      source: source, destination: destination, length: length - transportOffset,
      transport: transport)
    let sum = InternetChecksum.sum(of: packet, in: transportOffset..<length)
    return InternetChecksum.fold(pseudo &+ sum)
  }
}

extension MutableRawSpan {
  /// Adds one to the time to live of a packet, or to its hop limit, even if the headers behind the first
  /// one are malformed.
  public mutating func incrementTimeToLive() {
    if var header = try? PacketHeader(reading: bytes) {
      header.incrementTimeToLive(&self)
    } else if byteCount >= 40, raw(UInt8.self, at: 0) >> 4 == 6 {
      store(raw(UInt8.self, at: 7) &+ 1, at: 7)
    }
  }

  /// Computes the checksum of the IPv4 header that begins at `start`.
  @usableFromInline
  mutating func finishHeader(at start: Int = 0, length: Int) {
    store(raw: UInt16(0), at: start + 10)
    let sum = InternetChecksum.sum(of: bytes, in: start..<start + length)
    store(raw: ~InternetChecksum.fold(sum), at: start + 10)
  }
}
