internal import IPVSAddresses

extension ErrorMessage {
  /// Whether there may be an ICMP error about a packet: never about another error, and not where the
  /// answer would go to many, or to nobody (RFC 1122, section 3.2.2; RFC 4443, section 2.4 e).
  public static func mayConcern(_ header: PacketHeader, in packet: RawSpan) -> Bool {
    switch header.family {
    case .ipv4:
      header.fragment != .later && isHost(UInt32(truncatingIfNeeded: header.source))
        && !isGroup(UInt32(truncatingIfNeeded: header.destination))
        && !(header.transport == TransportNumber.icmp && isErrorOrCutOff(header, in: packet))
    case .ipv6:
      header.source != 0 && !isGroup(header.source) && !isGroup(header.destination)
        && !(header.transport == TransportNumber.icmpv6 && isErrorOrCutOff(header, in: packet))
    }
  }

  /// Whether the address can be that of one host: not of this network, loopback, a group, or
  /// reserved.
  private static func isHost(_ address: UInt32) -> Bool {
    switch address >> 24 {
    case 0, 127, 224...255: false
    default: true
    }
  }

  private static func isGroup(_ address: UInt32) -> Bool {
    address >> 28 == 0xe || address == 0xffff_ffff
  }

  private static func isGroup(_ address: UInt128) -> Bool {
    address >> 120 == 0xff
  }

  /// What cannot be told is taken for an error.
  private static func isErrorOrCutOff(_ header: PacketHeader, in packet: RawSpan) -> Bool {
    let place = header.transportOffset
    guard header.fragment != .later, place < min(header.length, packet.byteCount) else {
      return true
    }
    let type = packet.raw(UInt8.self, at: place)
    return switch (header.family, type) {
    case (.ipv4, 3...5), (.ipv4, 11...12), (.ipv6, ..<128), (.ipv6, 137): true
    default: false
    }
  }
}
