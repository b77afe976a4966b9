// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// Which part of a datagram a packet holds.
public enum Fragment: UInt8, Hashable, Sendable {
  /// All of it.
  case whole

  /// The first fragment, which has the transport header.
  case first

  /// A later fragment: what follows the IP header is no transport header.
  case later

  @inlinable @inline(__always)
  init(offset: UInt16, hasMore: Bool) {
    self = offset != 0 ? .later : hasMore ? .first : .whole
  }
}

/// Which fragment of which datagram a packet is (RFC 791, section 3.2; RFC 8200, section 4.5).
public struct FragmentInfo {
  /// What all fragments of a datagram have in common.
  public struct Datagram: Hashable, Sendable {
    let source: UInt128
    let destination: UInt128
    let identification: UInt32

    /// The protocol of what follows the headers that each fragment repeats.
    let transport: UInt8

    let isIPv6: Bool
  }

  /// The bytes of a fragment header of IPv6.
  static let headerLength = 8

  let datagram: Datagram

  /// Where the fragment begins in the datagram's payload, in bytes.
  let offset: Int

  let isLast: Bool

  /// Where the headers are that each fragment repeats, in the packet.
  let headers: Range<Int>

  /// Where the fragment's part of the payload is, in the packet.
  let payload: Range<Int>

  /// Where in IPv6 the number of the fragment header is: in the header before it.
  let numberOffset: Int

  /// - Parameters:
  ///   - header: The header of the packet.
  ///   - packet: What was read as `header`.
  /// - Returns: Nil for a packet that is whole.
  public init?(_ header: PacketHeader, in packet: RawSpan) {
    guard header.fragment != .whole else { return nil }
    precondition(packet.byteCount >= header.length)
    let fragmentation: UInt16
    let identification: UInt32
    let transport: UInt8
    switch header.family {
    case .ipv4:
      fragmentation = packet.number(UInt16.self, at: 6)
      identification = UInt32(packet.number(UInt16.self, at: 4))
      offset = Int(fragmentation & 0x1fff) * 8
      isLast = fragmentation & 0x2000 == 0
      headers = 0..<header.transportOffset
      payload = header.transportOffset..<header.length
      numberOffset = 9
      transport = header.transport
    case .ipv6:
      guard let chain = ExtensionHeaders(beforeFragmentHeaderOf: packet, end: header.length) else {
        return nil
      }
      fragmentation = packet.number(UInt16.self, at: chain.end + 2)
      identification = packet.number(UInt32.self, at: chain.end + 4)
      offset = Int(fragmentation & ~7)
      isLast = fragmentation & 1 == 0
      headers = 0..<chain.end
      payload = chain.end + Self.headerLength..<header.length
      numberOffset = chain.numberOffset
      transport = packet.raw(UInt8.self, at: chain.end)
    }
    datagram = Datagram(
      source: header.source, destination: header.destination, identification: identification,
      transport: transport, isIPv6: header.family == .ipv6)
  }
}

/// How to fragment a datagram. One that was received in fragments is sent so: as the kernel does it, none
/// is longer than the longest that was received, and the identification is the same.
public struct FragmentPlan: Equatable, Sendable {
  /// The bytes of the headers that each fragment repeats.
  public internal(set) var headers: Int

  /// Where in IPv6 the number of the fragment header is; in the datagram, that of what follows.
  var numberOffset: Int

  /// The bytes of the longest fragment, headers included.
  public var longest = 0

  /// How much longer than the others the first fragment is, in bytes.
  private var lead = 0

  private let isIPv6: Bool
  private let identification: UInt32

  /// As a datagram was fragmented, whose longest fragment is to be set.
  init(_ info: FragmentInfo) {
    headers = info.headers.count
    numberOffset = info.numberOffset
    isIPv6 = info.datagram.isIPv6
    identification = info.datagram.identification
  }

  /// For an IPv4 packet that is longer than the MTU of its route.
  ///
  /// - Parameters:
  ///   - headers: The length of its header.
  ///   - longest: The MTU.
  public init(headers: Int, longest: Int) {
    self.headers = headers
    self.longest = longest
    numberOffset = 0
    isIPv6 = false
    identification = 0
  }

  /// For a tunnel's packet of IPv6.
  ///
  /// - Parameters:
  ///   - longest: The bytes of the longest fragment.
  ///   - lead: Those that the first has besides, a multiple of 8.
  init(ipv6 longest: Int, lead: Int = 0, identification: UInt32) {
    headers = 40
    numberOffset = 6
    isIPv6 = true
    self.longest = longest
    self.lead = lead
    self.identification = identification
  }

  /// Writes the next fragment of a datagram over the beginning of `output`, which has room for it.
  ///
  /// - Parameters:
  ///   - start: Where the rest of the payload begins in the datagram: `headers` for the first fragment.
  ///     It is moved to the next.
  ///   - packet: The datagram, whose headers may have changed, but not in length.
  ///   - output: Where the fragment is written.
  /// - Returns: The fragment's length; nil if nothing is left.
  public func next(
    _ start: inout Int, of packet: RawSpan, into output: inout MutableRawSpan
  ) -> Int? {
    guard start < packet.byteCount else { return nil }
    let overhead = headers + (isIPv6 ? FragmentInfo.headerLength : 0)
    let room = max(8, (longest - overhead) & ~7)
    let end = min(start + room + (start == headers ? lead : 0), packet.byteCount)
    let length = overhead + end - start
    precondition(length <= output.byteCount)
    output.copy(packet, 0..<headers, at: 0)
    output.copy(packet, start..<end, at: overhead)
    let offset = UInt16(truncatingIfNeeded: start - headers)
    if isIPv6 {
      finishIPv6(&output, length, offset, hasMore: end < packet.byteCount)
    } else {
      finishIPv4(&output, length, offset, hasMore: end < packet.byteCount)
    }
    start = end
    return length
  }

  private func finishIPv4(
    _ fragment: inout MutableRawSpan, _ length: Int, _ offset: UInt16, hasMore: Bool
  ) {
    let dontFragment = fragment.number(UInt16.self, at: 6) & 0x4000
    fragment.store(UInt16(truncatingIfNeeded: length), at: 2)
    fragment.store(dontFragment | (hasMore ? 0x2000 : 0) | offset / 8, at: 6)
    fragment.finishHeader(length: headers)
  }

  private func finishIPv6(
    _ fragment: inout MutableRawSpan, _ length: Int, _ offset: UInt16, hasMore: Bool
  ) {
    fragment.store(UInt16(truncatingIfNeeded: length - 40), at: 4)
    fragment.store(fragment.raw(UInt8.self, at: numberOffset), at: headers)
    fragment.store(ExtensionHeaders.fragmentation, at: numberOffset)
    fragment.store(UInt8(0), at: headers + 1)
    fragment.store(offset | (hasMore ? 1 : 0), at: headers + 2)
    fragment.store(identification, at: headers + 4)
  }
}
