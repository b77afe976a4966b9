// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// What IPVS needs to know of a packet: read once, and updated with the bytes.
///
/// Functions that also take the packet trust that it is the one that was read.
public struct PacketHeader: Hashable, Sendable {
  /// The version of the IP header.
  public let family: AddressFamily

  /// The protocol behind the IP header and, in IPv6, all extension headers.
  public let transport: UInt8

  /// Whether the packet is whole, or which part of one it is.
  public let fragment: Fragment

  /// The DF bit of IPv4; false in IPv6, which no router fragments.
  public let dontFragment: Bool

  /// The packet is TCP, UDP, or SCTP, and its ports are present.
  public let hasPorts: Bool

  /// IPv6 with a fragment header, even if the packet is whole (RFC 6946).
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

  /// In host order; 0 if `hasPorts` is false.
  @inlinable public var sourcePort: UInt16 { ends.sourcePort }

  /// In host order; 0 if `hasPorts` is false.
  @inlinable public var destinationPort: UInt16 { ends.destinationPort }

  /// The time to live of IPv4, or the hop limit of IPv6.
  @inlinable public var timeToLive: UInt8 { hops }

  /// Where the transport header begins, in bytes from the IP header.
  @inlinable public var transportOffset: Int { Int(transportStart) }

  /// The bytes from the IP header to the end of the packet, as the header says: 20...65575.
  @inlinable public var length: Int { Int(end) }

  /// The fixed part of the transport header is present: TCP's first 20 bytes, UDP's 8, SCTP's 12.
  @inlinable public var hasTransportHeader: Bool {
    @inline(__always) get {
      fragment != .later
        && Int(available) &- transportOffset >= TransportNumber.headerLength(transport)
    }
  }

  /// The flags of a TCP packet (RFC 9293, section 3.1); 0 if the header is cut off
  /// (`hasTransportHeader`), and for other protocols.
  @inlinable @inline(__always)
  public func tcpFlags(in packet: RawSpan) -> UInt8 {
    guard transport == TransportNumber.tcp, hasTransportHeader,
      packet.byteCount >= Int(available)
    else { return 0 }
    return packet.raw(UInt8.self, at: transportOffset &+ 13)
  }
}
