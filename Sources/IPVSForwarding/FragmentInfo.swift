internal import IPVSAddresses
internal import IPVSPackets

/// Which piece of which datagram a packet holds (RFC 791, section 3.2; RFC 8200, section 4.5).
struct FragmentInfo {
  /// What all pieces of one datagram have in common.
  struct Datagram: Hashable {
    let source: UInt128
    let destination: UInt128
    let identification: UInt32

    /// The protocol of what follows the header that all pieces have.
    let transport: UInt8

    let isIPv6: Bool
  }

  let datagram: Datagram

  /// Where the piece begins in the datagram's payload, in bytes.
  let offset: Int

  let isLast: Bool

  /// What precedes the payload in each piece, and where that stands in the packet.
  let headers: Range<Int>
  let payload: Range<Int>

  /// Where in IPv6 the number of the fragment header stands: in the header before it.
  let numberPlace: Int

  /// Nil: the packet is whole.
  ///
  /// - Parameter packet: what was read as `header`.
  init?(_ header: PacketHeader, in packet: RawSpan) {
    guard header.fragment != .whole else { return nil }
    let fragmentation: UInt16
    let identification: UInt32
    let transport: UInt8
    switch header.family {
    case .ipv4:
      fragmentation = packet.bigEndian(UInt16.self, at: 6)
      identification = UInt32(packet.bigEndian(UInt16.self, at: 4))
      offset = Int(fragmentation & 0x1fff) * 8
      isLast = fragmentation & 0x2000 == 0
      headers = 0..<header.transportOffset
      payload = header.transportOffset..<header.length
      numberPlace = 9
      transport = header.transport
    case .ipv6:
      guard let (start, place) = Self.fragmentHeader(in: packet, header.length) else { return nil }
      fragmentation = packet.bigEndian(UInt16.self, at: start + 2)
      identification = packet.bigEndian(UInt32.self, at: start + 4)
      offset = Int(fragmentation & ~7)
      isLast = fragmentation & 1 == 0
      headers = 0..<start
      payload = start + Self.headerLength..<header.length
      numberPlace = place
      transport = packet.bigEndian(UInt8.self, at: start)
    }
    datagram = Datagram(
      source: header.source, destination: header.destination, identification: identification,
      transport: transport, isIPv6: header.family == .ipv6)
  }

  /// The bytes of a fragment header of IPv6, and its number.
  static let headerLength = 8
  static let number: UInt8 = 44

  /// Where the fragment header begins, and where its number stands. Nil: there is none.
  private static func fragmentHeader(in packet: RawSpan, _ end: Int) -> (Int, Int)? {
    var start = 40
    var place = 6
    while start + headerLength <= end {
      switch packet.bigEndian(UInt8.self, at: place) {
      case number: return (start, place)
      // Options of hops and routing, which stand before it.
      case 0, 43, 60:
        place = start
        start += (Int(packet.bigEndian(UInt8.self, at: start + 1)) + 1) * 8
      default: return nil
      }
    }
    return nil
  }
}
