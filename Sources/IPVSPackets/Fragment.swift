/// Which part of a datagram a packet holds.
public enum Fragment: UInt8, Hashable, Sendable {
  /// All of it.
  case whole

  /// The beginning, with the transport header, but not the end.
  case first

  /// Not the beginning: what follows the IP header is no transport header.
  case later
}
