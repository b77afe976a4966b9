/// The ICMP error that the sender of a refused packet gets.
public enum ICMPFault: Hashable, Sendable {
  /// IPv4 11/0, IPv6 3/0
  case timeExceeded

  /// IPv4 3/3, IPv6 1/4
  case portUnreachable

  /// IPv4 3/4, IPv6 2/0, with the size that would do.
  case tooBig(mtu: Int)
}
