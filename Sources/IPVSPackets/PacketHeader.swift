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

  @usableFromInline var hops: UInt8
  @usableFromInline let transportStart: UInt32
  @usableFromInline let end: UInt32

  /// How many bytes of the packet were there: all of them, but for those that ICMP errors hold.
  @usableFromInline let available: UInt32

  @usableFromInline var ends: Ends

  /// Who sends the packet to whom.
  @usableFromInline
  struct Ends: Hashable, Sendable {
    @usableFromInline var source: UInt128
    @usableFromInline var destination: UInt128
    @usableFromInline var sourcePort: UInt16
    @usableFromInline var destinationPort: UInt16

    /// - Parameter ports: that of the source in the upper half.
    @inlinable @inline(__always)
    init(source: UInt128, destination: UInt128, ports: UInt32) {
      self.source = source
      self.destination = destination
      sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
      destinationPort = UInt16(truncatingIfNeeded: ports)
    }
  }

  /// An address of IPv4 is in the low 32 bits.
  @inlinable public var source: UInt128 { ends.source }

  /// An address of IPv4 is in the low 32 bits.
  @inlinable public var destination: UInt128 { ends.destination }

  /// In host order; 0 where there is none.
  @inlinable public var sourcePort: UInt16 { ends.sourcePort }

  /// In host order; 0 where there is none.
  @inlinable public var destinationPort: UInt16 { ends.destinationPort }

  /// Or the hop limit of IPv6.
  @inlinable public var timeToLive: UInt8 { hops }

  /// Where the transport header begins, in bytes from the IP header.
  @inlinable public var transportOffset: Int { Int(transportStart) }

  /// The bytes from the IP header to the end of the packet, as the header says: 20...65575.
  @inlinable public var length: Int { Int(end) }

  /// The transport header is there, as far as all of its kind go: TCP's first 20 bytes, UDP's 8,
  /// SCTP's 12.
  @inlinable public var hasTransportHeader: Bool {
    @inline(__always) get {
      fragment != .later
        && Int(available) &- transportOffset >= TransportNumber.headerLength(transport)
    }
  }
}
