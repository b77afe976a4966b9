// SPDX-License-Identifier: Apache-2.0

/// The most common TCP packet: whole, with an IPv4 header of 20 bytes, neither SYN, FIN nor RST.
///
/// It has only what the fast path of a director needs, so that all of it fits a processor's registers.
/// It rewrites a packet as `PacketHeader` does.
public struct PlainSegment: Sendable {
  /// The source address in host order.
  public let source: UInt32

  /// The destination address in host order.
  public let destination: UInt32

  /// The source port in host order.
  public let sourcePort: UInt16

  /// The destination port in host order.
  public let destinationPort: UInt16

  /// The bytes of the packet, as its header states.
  public let length: Int

  /// The identification, fragmentation, time to live, protocol, and checksum of the IP header.
  @usableFromInline let middle: UInt64

  /// - Returns: Nil if the packet is another one, or its time to live is used up.
  @inlinable @inline(__always)
  public init?(reading packet: RawSpan) {
    guard packet.byteCount >= 40 else { return nil }
    let first = packet.number(UInt32.self, at: 0)
    middle = packet.number(UInt64.self, at: 4)
    length = Int(first & 0xffff)
    guard first >> 24 == 0x45, middle & 0x3fff_0000_0000 == 0, middle >> 24 & 0xff > 1,
      middle >> 16 & 0xff == UInt64(TransportNumber.tcp), length >= 40,
      length <= packet.byteCount, packet.raw(UInt8.self, at: 33) & 0x17 == 0x10
    else { return nil }
    source = packet.number(UInt32.self, at: 12)
    destination = packet.number(UInt32.self, at: 16)
    let ports = packet.number(UInt32.self, at: 20)
    sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    destinationPort = UInt16(truncatingIfNeeded: ports)
  }

  /// The length of a packet that is a plain segment, as its header says.
  @inlinable @inline(__always)
  public static func length(of packet: RawSpan) -> Int { Int(packet.number(UInt16.self, at: 2)) }

  /// Replaces the packet's destination, and decrements its time to live.
  @inlinable @inline(__always)
  public func dnat(
    _ packet: inout MutableRawSpan, to address: UInt32, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(
      of: UInt128(destination), to: UInt128(address), port: destinationPort, to: port,
      isIPv4: true)
    packet.store(address, at: 16)
    packet.store(port, at: 22)
    finish(&packet, middle &- 1 << 24, source, address, change, checksum)
  }

  /// Replaces the packet's source.
  @inlinable @inline(__always)
  public func snat(
    _ packet: inout MutableRawSpan, as address: UInt32, port: UInt16, checksum: ChecksumState
  ) {
    let change = AddressChange(
      of: UInt128(source), to: UInt128(address), port: sourcePort, to: port, isIPv4: true)
    packet.store(address, at: 12)
    packet.store(port, at: 20)
    finish(&packet, middle, address, destination, change, checksum)
  }

  /// Computes the header's checksum, and updates that of TCP.
  @inlinable @inline(__always)
  func finish(
    _ packet: inout MutableRawSpan, _ middle: UInt64, _ source: UInt32, _ destination: UInt32,
    _ change: AddressChange, _ checksum: ChecksumState
  ) {
    let words = middle & 0xffff_ffff_ffff_0000
    let sum =
      UInt64(0x4500_0000 | UInt32(packet.raw(UInt8.self, at: 1)) << 16 | UInt32(length))
      &+ words >> 32 &+ words & 0xffff_ffff &+ UInt64(source) &+ UInt64(destination)
    packet.store(words | UInt64(~InternetChecksum.fold(sum)), at: 4)
    packet.store(raw: change.applied(to: packet.raw(UInt16.self, at: 36), checksum), at: 36)
  }
}
