// SPDX-License-Identifier: Apache-2.0

/// A walk over the headers between IPv6's own and the transport header (RFC 8200, section 4; the
/// authentication header counts, as in the kernel's `ipv6_find_hdr`).
@usableFromInline
struct ExtensionHeaders {
  /// The number of the next header: at the end of the walk, that of what follows the last one. In a later
  /// fragment, what the payload of the datagram begins with.
  @usableFromInline private(set) var transport: UInt8

  /// Where the next header begins, in bytes from the IP header.
  @usableFromInline private(set) var end = 40

  /// Where its number is stored.
  @usableFromInline private(set) var numberOffset = 6

  @usableFromInline private(set) var fragment = Fragment.whole
  @usableFromInline private(set) var hasFragmentHeader = false

  /// - Parameter packet: 40 bytes or more.
  @inlinable @inline(__always)
  init(beginningIn packet: RawSpan) {
    transport = packet.raw(UInt8.self, at: 6)
  }

  /// Walks up to the fragment header.
  ///
  /// - Returns: Nil if there is none, or if the packet ends before it does.
  init?(beforeFragmentHeaderOf packet: RawSpan, end limit: Int) {
    self.init(beginningIn: packet)
    while transport != Self.fragmentation {
      guard !isOver, (try? step(in: packet, end: limit)) != nil else { return nil }
    }
    guard limit - end >= 8 else { return nil }
  }

  /// Whether no extension header is left.
  @inlinable @inline(__always)
  var isOver: Bool {
    switch transport {
    case Self.hopByHopOptions, Self.routing, Self.fragmentation, TransportNumber.ah,
      Self.destinationOptions:
      fragment == .later
    default: true
    }
  }

  /// Walks to the end. Each header takes eight bytes or more, so that the walk ends with the bytes.
  ///
  /// - Parameter limit: Where the packet ends, or what there is of it.
  mutating func walk(in packet: RawSpan, end limit: Int) throws(PacketError) {
    while !isOver { try step(in: packet, end: limit) }
  }

  private mutating func step(in packet: RawSpan, end limit: Int) throws(PacketError) {
    guard limit - end >= 8 else { throw .truncated(needed: end + 8, available: limit) }
    let length = length(in: packet)
    guard limit - end >= length else {
      throw .truncated(needed: end + length, available: limit)
    }
    if transport == Self.fragmentation {
      let field = packet.number(UInt16.self, at: end + 2)
      fragment = Fragment(offset: field >> 3, hasMore: field & 1 != 0)
      hasFragmentHeader = true
    }
    transport = packet.raw(UInt8.self, at: end)
    numberOffset = end
    end += length
  }

  /// The bytes of the next header, of which eight are there.
  private func length(in packet: RawSpan) -> Int {
    let count = Int(packet.raw(UInt8.self, at: end + 1))
    return switch transport {
    case Self.fragmentation: 8
    case TransportNumber.ah: (count + 2) * 4
    default: (count + 1) * 8
    }
  }

  @usableFromInline static let hopByHopOptions: UInt8 = 0
  @usableFromInline static let routing: UInt8 = 43
  @usableFromInline static let fragmentation: UInt8 = 44
  @usableFromInline static let destinationOptions: UInt8 = 60
}
