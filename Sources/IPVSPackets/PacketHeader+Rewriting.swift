public import IPVSAddresses

// Masquerading changes fields and leaves checksums as right or as wrong as they were (RFC 1624): only
// the header checksum of IPv4 is made anew, and that of UDP where the sender left it out, as the
// kernel does.

extension PacketHeader {
  /// Gives the packet another destination.
  ///
  /// - Parameter port: in host order; passed over where the packet has no ports.
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

  /// Gives the packet another source.
  ///
  /// - Parameter port: in host order; passed over where the packet has no ports.
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
    // RFC 1624 for a word from which 0x0100 is taken. It is stored together with the sum, so that
    // loading both again need not wait for two stores.
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

  /// Stores the new end, and brings all checksums in step. The header value has it already.
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
    let place = transportOffset &+ 16
    if transport == TransportNumber.tcp, Int(available) >= place &+ 2 {
      packet.store(
        raw: change.applied(to: packet.raw(UInt16.self, at: place), checksum), at: place)
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
    // Addresses come from the value: loading across two stores would have to wait for them.
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
    let place = transportOffset + 6
    guard Int(available) >= place + 2 else { return }
    let old = packet.raw(UInt16.self, at: place)
    switch checksum {
    case .partial: packet.store(raw: change.applied(to: old, checksum), at: place)
    case .complete where old != 0:
      let new = change.applied(to: old, checksum)
      packet.store(raw: new == 0 ? 0xffff : new, at: place)
    case .complete:
      // The end of a fragment's datagram is elsewhere.
      guard fragment == .whole else { return }
      let new = ~transportSum(in: packet.bytes)
      packet.store(raw: new == 0 ? 0xffff : new, at: place)
    }
  }

  private func adjustSCTP(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    let place = transportOffset + 8
    guard Int(available) >= place + 4, fragment == .whole else { return }
    guard change.isOtherPort || checksum == .partial else { return }
    packet.store(raw: UInt32(0), at: place)
    let sum = CRC32c.checksum(of: packet.bytes, in: transportOffset..<length)
    packet.store(raw: sum.littleEndian, at: place)
  }

  /// Whether the checksum of an IPv4 header is right. IPv6 has none.
  public func hasRightChecksum(in packet: RawSpan) -> Bool {
    guard family == .ipv4 else { return true }
    let start = Int(packet.raw(UInt8.self, at: 0) & 0xf) * 4
    return InternetChecksum.fold(InternetChecksum.sum(of: packet, in: 0..<start)) == 0xffff
  }

  /// The folded sum of the transport header, what follows, and the pseudo header. Where the checksum
  /// is right and in its place, it is 0xffff.
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

  /// Makes the checksum of an IPv4 header that begins at `start`.
  @usableFromInline
  mutating func finishHeader(at start: Int = 0, length: Int) {
    store(raw: UInt16(0), at: start + 10)
    let sum = InternetChecksum.sum(of: bytes, in: start..<start + length)
    store(raw: ~InternetChecksum.fold(sum), at: start + 10)
  }
}
