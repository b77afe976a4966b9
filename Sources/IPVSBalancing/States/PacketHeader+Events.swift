internal import IPVSPackets

extension PacketHeader {
  /// What an SCTP packet does to an association.
  func sctpEvent(in packet: RawSpan) -> SCTPEvent {
    SCTPChunks(reading: packet, self).map { SCTPEvent(chunk: $0.decisive) } ?? .data
  }
}
