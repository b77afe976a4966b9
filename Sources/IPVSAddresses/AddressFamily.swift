// SPDX-License-Identifier: Apache-2.0

/// The two families of addresses that IPVS supports, by their number in the kernel (`AF_*`).
public enum AddressFamily: UInt16, Hashable, Sendable, Comparable {
  /// Addresses of 32 bits.
  case ipv4 = 2

  /// Addresses of 128 bits.
  case ipv6 = 10

  /// IPv4 before IPv6.
  public static func < (left: AddressFamily, right: AddressFamily) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension AddressFamily: CustomStringConvertible {
  /// `IPv4` or `IPv6`.
  public var description: String {
    switch self {
    case .ipv4: "IPv4"
    case .ipv6: "IPv6"
    }
  }
}
