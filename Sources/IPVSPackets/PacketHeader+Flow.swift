extension PacketHeader {
  /// Where the checksum that covers a pseudo header is, from the transport header on. Nil: there is
  /// none of this kind.
  var checksumOffset: Int? {
    switch transport {
    case TransportNumber.tcp: 16
    case TransportNumber.udp: 6
    case TransportNumber.icmpv6: 2
    default: nil
    }
  }

  /// A port for the UDP header around the packet, the same for all packets of a flow, so that they
  /// take one way through the network (RFC 8086, section 3.2.1): out of those that Linux gives out by
  /// default.
  var flowPort: UInt16 {
    var mixed = UInt64(sourcePort) << 24 | UInt64(destinationPort) << 8 | UInt64(transport)
    mix(&mixed, source)
    mix(&mixed, destination)
    // Spreads the upper 32 bits over the ports.
    return 32_768 + UInt16(((mixed >> 32) &* (60_999 - 32_768)) >> 32)
  }

  private func mix(_ mixed: inout UInt64, _ address: UInt128) {
    for part in 0..<2 {
      mixed ^= UInt64(truncatingIfNeeded: address >> (64 * part))
      mixed = mixed &* 0x9e37_79b9_7f4a_7c15
      mixed ^= mixed >> 32
    }
  }
}
