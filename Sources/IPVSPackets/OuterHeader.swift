// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The header that a tunnel prepends to a packet: IP, and with GUE or GRE their own behind it.
public struct OuterHeader: Hashable, Sendable {
  private static let gueDataOffload: UInt32 = 0x8000_0000
  private static let guePrivateFlags: UInt16 = 0x0001
  private static let greChecksumPresent: UInt16 = 0x8000

  private let inner: PacketHeader
  private let source: UInt128
  private let destination: UInt128

  /// The address family of both ends of the tunnel.
  public let family: AddressFamily

  private let port: UInt16
  private let layout: TunnelPath.Layout
  private let dontFragment: Bool
  private let identification: UInt16

  /// In bytes.
  public var length: Int { ipLength + layout.length }

  private var ipLength: Int { family == .ipv4 ? 20 : 40 }

  /// - Parameters:
  ///   - inner: The header of the packet inside, its TTL decremented.
  ///   - source: The director's end.
  ///   - destination: The other end.
  ///   - family: That of both ends.
  ///   - path: The kind of tunnel.
  ///   - identification: Used by IPv4, where routers may fragment the outer packet.
  ///   - checksum: That of the packet inside; `partial` only if the path `takesPartialChecksums`.
  public init(
    for inner: PacketHeader, from source: UInt128, to destination: UInt128,
    _ family: AddressFamily, _ path: TunnelPath, identification: UInt16,
    checksum: ChecksumState = .complete
  ) {
    self.inner = inner
    self.source = source
    self.destination = destination
    self.family = family
    port = path.port
    layout = path.layout(inner.checksumOffset == nil ? .complete : checksum)
    dontFragment = inner.dontFragment && path.keepsDontFragment
    self.identification = identification
  }

  /// Writes the header before a packet.
  ///
  /// - Parameters:
  ///   - start: Where the packet begins: `length` bytes or more from the beginning of the buffer.
  ///   - end: Where it ends.
  ///   - buffer: Holds the packet, and room before it.
  /// - Returns: False, with nothing written, if the whole is longer than a packet can be.
  @discardableResult
  public func write(before start: Int, end: Int, in buffer: inout MutableRawSpan) -> Bool {
    precondition(start >= length && end - start >= inner.length && end <= buffer.byteCount)
    let innerLength = inner.length
    guard layout.length + innerLength <= 0xffff - (family == .ipv4 ? ipLength : 0) else {
      return false
    }
    let outer = start - length
    let packet = start..<start + innerLength
    switch family {
    case .ipv4: writeIPv4(at: outer, packet, in: &buffer)
    case .ipv6: writeIPv6(at: outer, packet, in: &buffer)
    }
    switch layout {
    case .none: break
    case .gue(let checksum, let remote):
      writeGUE(checksum, remote, at: outer + ipLength, packet, in: &buffer)
    case .gre(let checksum): writeGRE(checksum, at: outer + ipLength, packet, in: &buffer)
    }
    return true
  }

  /// The protocol of the outer header.
  private var transport: UInt8 {
    switch layout {
    case .none: innerNumber
    case .gue: TransportNumber.udp
    case .gre: TransportNumber.gre
    }
  }

  /// The number of the protocol inside.
  private var innerNumber: UInt8 {
    inner.family == .ipv4 ? TransportNumber.ipv4 : TransportNumber.ipv6
  }

  /// The DS field for the outer header (RFC 3168, section 9.1: the full-functionality option).
  private func trafficClass(of packet: Range<Int>, in buffer: borrowing MutableRawSpan) -> UInt8 {
    let field =
      switch inner.family {
      case .ipv4: buffer.raw(UInt8.self, at: packet.lowerBound + 1)
      case .ipv6:
        UInt8(
          truncatingIfNeeded: UInt16(bigEndian: buffer.raw(UInt16.self, at: packet.lowerBound))
            >> 4)
      }
    return field & 3 == 3 ? field & ~1 : field
  }

  private func writeIPv4(
    at start: Int, _ packet: Range<Int>, in buffer: inout MutableRawSpan
  ) {
    buffer.store(UInt8(0x45), at: start)
    buffer.store(trafficClass(of: packet, in: buffer), at: start + 1)
    buffer.store(UInt16(truncatingIfNeeded: packet.upperBound - start), at: start + 2)
    buffer.store(dontFragment ? 0 : identification, at: start + 4)
    buffer.store(dontFragment ? 0x4000 : UInt16(0), at: start + 6)
    buffer.store(inner.timeToLive, at: start + 8)
    buffer.store(transport, at: start + 9)
    buffer.store(UInt32(truncatingIfNeeded: source), at: start + 12)
    buffer.store(UInt32(truncatingIfNeeded: destination), at: start + 16)
    buffer.finishHeader(at: start, length: 20)
  }

  private func writeIPv6(
    at start: Int, _ packet: Range<Int>, in buffer: inout MutableRawSpan
  ) {
    let first = 0x6000_0000 | UInt32(trafficClass(of: packet, in: buffer)) << 20
    buffer.store(first, at: start)
    buffer.store(UInt16(truncatingIfNeeded: packet.upperBound - start - 40), at: start + 4)
    buffer.store(transport, at: start + 6)
    buffer.store(inner.timeToLive, at: start + 7)
    buffer.store(source, at: start + 8)
    buffer.store(destination, at: start + 24)
  }

  private func writeGUE(
    _ checksum: Bool, _ remote: Bool, at start: Int, _ packet: Range<Int>,
    in buffer: inout MutableRawSpan
  ) {
    let length = packet.upperBound - start
    buffer.store(inner.flowPort, at: start)
    buffer.store(port, at: start + 2)
    buffer.store(UInt16(truncatingIfNeeded: length), at: start + 4)
    buffer.store(UInt16(0), at: start + 6)
    buffer.store(UInt8(remote ? 2 : 0), at: start + 8)
    buffer.store(innerNumber, at: start + 9)
    buffer.store(remote ? Self.guePrivateFlags : 0, at: start + 10)
    if remote, let offset = inner.checksumOffset {
      buffer.store(Self.gueDataOffload, at: start + 12)
      buffer.store(UInt16(truncatingIfNeeded: inner.transportOffset), at: start + 16)
      buffer.store(UInt16(truncatingIfNeeded: inner.transportOffset + offset), at: start + 18)
    }
    guard checksum else { return }
    let sum =
      InternetChecksum.sum(of: buffer.bytes, in: start..<packet.upperBound)
      &+ InternetChecksum.pseudoHeader(
        source: source, destination: destination, length: length, transport: TransportNumber.udp)
    let folded = ~InternetChecksum.fold(sum)
    buffer.store(raw: folded == 0 ? 0xffff : folded, at: start + 6)
  }

  private func writeGRE(
    _ checksum: Bool, at start: Int, _ packet: Range<Int>, in buffer: inout MutableRawSpan
  ) {
    buffer.store(checksum ? Self.greChecksumPresent : 0, at: start)
    buffer.store(inner.family == .ipv4 ? 0x0800 : UInt16(0x86dd), at: start + 2)
    guard checksum else { return }
    buffer.store(UInt32(0), at: start + 4)
    let sum = InternetChecksum.sum(of: buffer.bytes, in: start..<packet.upperBound)
    buffer.store(raw: ~InternetChecksum.fold(sum), at: start + 4)
  }

  /// No link of IPv6 has a smaller MTU (RFC 8200, section 5).
  private static let leastMTU = 1280

  /// How the packet in the tunnel is fragmented.
  ///
  /// A datagram that was received in fragments is sent so: those of IPv4 are no longer than the longest
  /// that was received (net/ipv4, `ip_do_fragment`). IPv6 keeps its fragments, and the first one carries
  /// the outer header as well, if that makes a fragment; otherwise it is fragmented anew (net/ipv6,
  /// `ip6_fragment`).
  ///
  /// - Parameters:
  ///   - plan: How the packet inside was received; nil: whole.
  ///   - length: The bytes of the packet with this header.
  ///   - mtu: That of the route to the other end.
  ///   - identification: Used by IPv6.
  /// - Returns: Nil if it is sent whole.
  public func fragmentPlan(
    _ plan: FragmentPlan?, length: Int, mtu: Int, identification: UInt32
  ) -> FragmentPlan? {
    // The two versions of IP keep the length of fragments in different ways.
    let received = inner.family == family ? plan : nil
    guard family == .ipv6 else {
      let longest = min(mtu, received?.longest ?? .max)
      return length > longest ? FragmentPlan(headers: 20, longest: longest) : nil
    }
    guard let received else {
      return length > mtu ? FragmentPlan(ipv6: mtu, identification: identification) : nil
    }
    let longest = max(received.longest, Self.leastMTU)
    let kept = received.longest - received.headers + 40
    let lead = self.length - 40 + received.headers
    return lead % 8 == 0 && kept + lead <= longest
      ? FragmentPlan(ipv6: kept, lead: lead, identification: identification)
      : FragmentPlan(ipv6: longest, identification: identification)
  }
}

extension PacketHeader {
  /// The offset, in the transport header, of a checksum that covers a pseudo header; nil if the protocol
  /// has none.
  var checksumOffset: Int? {
    switch transport {
    case TransportNumber.tcp: 16
    case TransportNumber.udp: 6
    case TransportNumber.icmpv6: 2
    default: nil
    }
  }

  /// A source port for the outer UDP header, the same for all packets of a flow, so that they take one
  /// path through the network (RFC 8086, section 3.2.1). It is in Linux' default ephemeral range.
  var flowPort: UInt16 {
    var mixed = UInt64(sourcePort) << 24 | UInt64(destinationPort) << 8 | UInt64(transport)
    mix(&mixed, source)
    mix(&mixed, destination)
    // Scale the upper 32 bits to the range.
    return 32_768 + UInt16(((mixed >> 32) &* (60_999 - 32_768)) >> 32)
  }

  private func mix(_ mixed: inout UInt64, _ address: UInt128) {
    for part in 0..<2 {
      mixed ^= UInt64(truncatingIfNeeded: address >> (64 * part))
      mixed = mixed &* 0x9e37_79b9_7f4a_7c15
      mixed ^= mixed >> 32
    }
  }
}
