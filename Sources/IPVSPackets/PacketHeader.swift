public import IPVSAddresses

/// What IPVS has to know of a packet: read once, and kept in step with the bytes by all that changes
/// them here.
///
/// The functions that take the packet besides trust that it is the one that was read.
public struct PacketHeader: Hashable, Sendable {
  public let family: AddressFamily

  /// The protocol behind the IP header and, in IPv6, all extension headers.
  public let transport: UInt8

  public let fragment: Fragment

  /// The bit of that name in IPv4. False in IPv6, which no router fragments.
  public let dontFragment: Bool

  /// The packet is TCP, UDP, or SCTP, and its ports are there.
  public let hasPorts: Bool

  /// There is a fragment header in IPv6, be it of a fragment or not (RFC 6946).
  public let hasFragmentHeader: Bool

  /// Or the hop limit of IPv6.
  public internal(set) var timeToLive: UInt8

  let transportStart: UInt16
  let end: UInt32

  /// How many bytes of the packet were there: all of them, but for those that ICMP errors hold.
  let available: UInt32

  /// In host order; 0 where there is none.
  public internal(set) var sourcePort: UInt16

  /// In host order; 0 where there is none.
  public internal(set) var destinationPort: UInt16

  /// The addresses; those of IPv4 in the low 32 bits.
  public internal(set) var source: UInt128
  public internal(set) var destination: UInt128

  /// Where the transport header begins, in bytes from the IP header.
  public var transportOffset: Int { Int(transportStart) }

  /// The bytes from the IP header to the end of the packet, as the header says: 20...65575.
  public var length: Int { Int(end) }

  /// The transport header is there, as far as all of its kind go: TCP's first 20 bytes, UDP's 8,
  /// SCTP's 12.
  public var hasTransportHeader: Bool {
    fragment != .later
      && Int(available) - transportOffset >= TransportNumber.headerLength(transport)
  }
}
