/// The headers between IPv6's own and the transport header (RFC 8200, section 4; as the kernel's
/// `ipv6_find_hdr` walks them, the authentication header included).
struct ExtensionHeaders {
  /// What follows the last of them. In fragments after the first: what the datagram begins with.
  private(set) var transport: UInt8

  /// Where they end, in bytes from the IP header.
  private(set) var end = 40

  private(set) var fragment = Fragment.whole
  private(set) var hasFragmentHeader = false

  /// Each header takes eight bytes or more, so that the walk ends with the bytes.
  ///
  /// - Parameter limit: where the packet ends, or what is there of it.
  @inline(__always)
  init(in packet: RawSpan, end limit: Int) throws(PacketError) {
    transport = packet.raw(UInt8.self, at: 6)
    while Self.isExtension(transport), fragment != .later {
      try step(in: packet, end: limit)
    }
  }

  @inline(__always)
  private static func isExtension(_ number: UInt8) -> Bool {
    switch number {
    case hopByHop, routing, fragmentation, authentication, destination: true
    default: false
    }
  }

  private mutating func step(in packet: RawSpan, end limit: Int) throws(PacketError) {
    guard limit - end >= 8 else { throw .truncated(needed: end + 8, available: limit) }
    let count = Int(packet.raw(UInt8.self, at: end + 1))
    var length = (count + 1) * 8
    switch transport {
    case Self.fragmentation:
      let field = packet.number(UInt16.self, at: end + 2)
      fragment = Fragment(offset: field >> 3, hasMore: field & 1 != 0)
      hasFragmentHeader = true
      length = 8
    case Self.authentication: length = (count + 2) * 4
    default: break
    }
    guard limit - end >= length else { throw .truncated(needed: end + length, available: limit) }
    transport = packet.raw(UInt8.self, at: end)
    end += length
  }

  private static let hopByHop: UInt8 = 0
  private static let routing: UInt8 = 43
  private static let fragmentation: UInt8 = 44
  private static let authentication = TransportNumber.ah
  private static let destination: UInt8 = 60
}
