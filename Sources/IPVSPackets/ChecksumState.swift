/// How far the transport checksum of a packet is computed.
public enum ChecksumState: Hashable, Sendable {
  /// It stands for the whole packet, rightly or wrongly.
  case complete

  /// It holds the sum of the pseudo header only; whoever sends the packet out completes it
  /// (`CHECKSUM_PARTIAL`).
  case partial
}
