/// The two families of addresses that IPVS knows, by their number in the kernel (`AF_*`).
public enum AddressFamily: UInt16, Hashable, Sendable, Comparable {
  case ipv4 = 2
  case ipv6 = 10

  public static func < (left: AddressFamily, right: AddressFamily) -> Bool {
    left.rawValue < right.rawValue
  }
}
