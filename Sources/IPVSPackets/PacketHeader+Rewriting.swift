internal import IPVSAddresses

// Masquerading changes fields and leaves checksums as right or as wrong as they were (RFC 1624): only
// the header checksum of IPv4 is made anew, and that of UDP where the sender left it out, as the
// kernel does.

extension PacketHeader {
  /// Gives the packet another destination.
  ///
  /// - Parameter port: in host order; passed over where the packet has no ports.
  @inline(__always)
  public mutating func redirect(
    _ packet: inout MutableRawSpan, to address: UInt128, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(
      of: destination, to: address, port: destinationPort, to: port, family)
    destination = address
    if hasPorts { destinationPort = port }
    apply(change, to: &packet, offset: family == .ipv4 ? 16 : 24, portOffset: 2, checksum)
  }

  /// Gives the packet another source.
  ///
  /// - Parameter port: in host order; passed over where the packet has no ports.
  @inline(__always)
  public mutating func disguise(
    _ packet: inout MutableRawSpan, as address: UInt128, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(of: source, to: address, port: sourcePort, to: port, family)
    source = address
    if hasPorts { sourcePort = port }
    apply(change, to: &packet, offset: family == .ipv4 ? 12 : 8, portOffset: 0, checksum)
  }

  /// Takes one from the time to live, or from the hop limit; a time of 0 stays.
  @inline(__always)
  public mutating func decrementTimeToLive(_ packet: inout MutableRawSpan) {
    precondition(packet.byteCount >= Int(available))
    guard timeToLive > 0 else { return }
    timeToLive -= 1
    guard family == .ipv4 else {
      packet.store(timeToLive, at: 7)
      return
    }
    packet.store(timeToLive, at: 8)
    // RFC 1624 for a word from which 0x0100 is taken.
    let sum = UInt32(UInt16(bigEndian: packet.raw(UInt16.self, at: 10))) + 0x0100
    packet.store(UInt16(truncatingIfNeeded: sum + (sum >= 0xffff ? 1 : 0)), at: 10)
  }

  private func apply(
    _ change: AddressChange, to packet: inout MutableRawSpan, offset: Int, portOffset: Int,
    _ checksum: ChecksumState
  ) {
    precondition(packet.byteCount >= Int(available))
    if family == .ipv4 {
      packet.store(UInt32(truncatingIfNeeded: change.address), at: offset)
      packet.finishHeader(length: transportOffset)
    } else {
      packet.store(change.address, at: offset)
    }
    guard hasPorts else { return }
    packet.store(change.port, at: transportOffset + portOffset)
    switch transport {
    case TransportNumber.tcp: adjustTCP(change, in: &packet, checksum)
    case TransportNumber.udp: adjustUDP(change, in: &packet, checksum)
    case TransportNumber.sctp: adjustSCTP(change, in: &packet, checksum)
    default: break
    }
  }

  private func adjustTCP(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    let place = transportOffset + 16
    guard Int(available) >= place + 2 else { return }
    let old = packet.raw(UInt16.self, at: place)
    packet.store(raw: change.applied(to: old, checksum), at: place)
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
      let new = ~transportSum(in: packet)
      packet.store(raw: new == 0 ? 0xffff : new, at: place)
    }
  }

  private func adjustSCTP(
    _ change: AddressChange, in packet: inout MutableRawSpan, _ checksum: ChecksumState
  ) {
    let place = transportOffset + 8
    guard Int(available) >= place + 4, fragment == .whole else { return }
    guard change.port != change.oldPort || checksum == .partial else { return }
    packet.store(raw: UInt32(0), at: place)
    let sum = CRC32c.checksum(of: packet.bytes, in: transportOffset..<length)
    packet.store(raw: sum.littleEndian, at: place)
  }

  /// The folded sum of the transport header, what follows, and the pseudo header. Where the checksum
  /// is right and in its place, it is 0xffff.
  func transportSum(in packet: borrowing MutableRawSpan) -> UInt16 {
    transportSum(in: packet.bytes)
  }

  func transportSum(in packet: RawSpan) -> UInt16 {
    let pseudo = InternetChecksum.pseudoHeader(
      source: source, destination: destination, length: length - transportOffset,
      transport: transport)
    let sum = InternetChecksum.sum(of: packet, in: transportOffset..<length)
    return InternetChecksum.fold(pseudo &+ sum)
  }
}

extension MutableRawSpan {
  /// Makes the checksum of an IPv4 header that begins at `start`.
  mutating func finishHeader(at start: Int = 0, length: Int) {
    store(raw: UInt16(0), at: start + 10)
    let sum = InternetChecksum.sum(of: bytes, in: start..<start + length)
    store(raw: ~InternetChecksum.fold(sum), at: start + 10)
  }
}
