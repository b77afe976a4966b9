extension PacketHeader {
  /// The flags of a TCP packet (RFC 9293, section 3.1). 0 where the header is cut off
  /// (`hasTransportHeader`), and in what is not TCP.
  @inlinable @inline(__always)
  public func tcpFlags(in packet: RawSpan) -> UInt8 {
    guard transport == TransportNumber.tcp, hasTransportHeader,
      packet.byteCount >= Int(available)
    else { return 0 }
    return packet.raw(UInt8.self, at: transportOffset &+ 13)
  }
}
