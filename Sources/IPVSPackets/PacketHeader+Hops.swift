internal import IPVSAddresses

extension PacketHeader {
  /// Gives back one of the hops that the packet may take; no more than 255.
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
}
