/// Where in the IP stack a packet is when IPVS sees it (`NF_INET_*`).
public enum Hook: UInt8, Hashable, Sendable {
  /// It came from a network, and its destination is an address of the director.
  case localIn

  /// It came from a network and goes to another; its TTL is already decremented.
  case forward

  /// A program on the director sends it.
  case localOut
}
