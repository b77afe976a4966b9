// SPDX-License-Identifier: Apache-2.0

/// The numbers of protocols behind IP headers (IANA, Protocol Numbers).
public enum TransportNumber {
  /// ICMP of IPv4 (RFC 792).
  public static let icmp: UInt8 = 1

  static let ipv4: UInt8 = 4

  /// TCP (RFC 9293).
  public static let tcp: UInt8 = 6

  /// UDP (RFC 768).
  public static let udp: UInt8 = 17

  static let ipv6: UInt8 = 41
  static let gre: UInt8 = 47

  /// ESP of IPsec (RFC 4303).
  public static let esp: UInt8 = 50

  /// AH of IPsec (RFC 4302).
  public static let ah: UInt8 = 51

  /// ICMP of IPv6 (RFC 4443).
  public static let icmpv6: UInt8 = 58

  /// SCTP (RFC 9260).
  public static let sctp: UInt8 = 132

  /// Whether headers of this kind begin with the ports of the source and of the destination.
  @inlinable @inline(__always)
  static func hasPorts(_ number: UInt8) -> Bool {
    number == tcp || number == udp || number == sctp
  }

  /// The bytes of the fixed part of a header; 0 if it does not matter.
  @inlinable @inline(__always)
  static func headerLength(_ number: UInt8) -> Int {
    switch number {
    case tcp: 20
    case udp, icmp, icmpv6: 8
    case sctp: 12
    default: 0
    }
  }
}

/// Ports that IPVS handles in their own way (IANA, Service Name and Transport Protocol Port Number
/// Registry).
public enum WellKnownPort {
  /// The data connections of FTP, in active mode.
  public static let ftpData: UInt16 = 20

  /// The control connections of FTP.
  public static let ftp: UInt16 = 21

  /// The key exchange of IPsec (`isakmp`). ESP and AH, which have no ports, follow its connections.
  public static let keyExchange: UInt16 = 500
}
