public import IPVSAddresses

/// How much of a client's address persistence looks at (ipvsadm(8), `--netmask`).
public enum Netmask: Hashable, Sendable {
  /// Bits of an IPv4 address. Any bits: the kernel accepts holes and zero.
  case ipv4(IPv4Address)

  /// The length of an IPv6 prefix; the kernel accepts 1...128.
  case ipv6(prefixLength: UInt32)

  /// The mask that tells every single client from the others: 255.255.255.255 or /128.
  public static func host(of family: AddressFamily) -> Netmask {
    switch family {
    case .ipv4: .ipv4(IPv4Address(.max))
    case .ipv6: .ipv6(prefixLength: 128)
    }
  }
}
