/// How a datagram was in pieces, and is to be so again: the kernel, too, sends on no longer pieces than
/// came, with the same identification.
struct FragmentPlan: Equatable {
  /// The bytes that each piece begins with.
  var headers: Int

  /// Where in IPv6 the number of the fragment header stands, and without one that of what follows.
  var numberPlace: Int

  /// The bytes of the longest piece, headers included.
  var longest = 0

  /// How much longer than the others the first piece is, in bytes.
  private var lead = 0

  private let isIPv6: Bool
  private let identification: UInt32

  /// As a piece was cut.
  init(_ place: FragmentInfo) {
    headers = place.headers.count
    numberPlace = place.numberPlace
    isIPv6 = place.datagram.isIPv6
    identification = place.datagram.identification
  }

  /// For an IPv4 packet that is longer than its way takes.
  ///
  /// - Parameters:
  ///   - headers: The length of its header.
  ///   - longest: The longest packet of the way.
  init(headers: Int, longest: Int) {
    self.headers = headers
    self.longest = longest
    numberPlace = 0
    isIPv6 = false
    identification = 0
  }

  /// For a tunnel's packet of IPv6.
  ///
  /// - Parameters:
  ///   - longest: The bytes of the longest piece.
  ///   - lead: Those that the first has besides, a multiple of 8.
  init(ipv6 longest: Int, lead: Int = 0, identification: UInt32) {
    headers = 40
    numberPlace = 6
    isIPv6 = true
    self.longest = longest
    self.lead = lead
    self.identification = identification
  }

  /// Calls `body` with each piece, the first one first.
  ///
  /// - Parameter packet: The datagram, whose headers may have changed, but not in length.
  func forEachPiece(of packet: RawSpan, _ body: ([UInt8]) -> Void) {
    let taken = headers + (isIPv6 ? FragmentInfo.headerLength : 0)
    let room = max(8, (longest - taken) & ~7)
    var start = headers
    while start < packet.byteCount {
      let end = min(start + room + (start == headers ? lead : 0), packet.byteCount)
      let offset = UInt16(truncatingIfNeeded: start - headers)
      let hasMore = end < packet.byteCount
      body(
        isIPv6
          ? ipv6(of: packet, start..<end, offset, hasMore: hasMore)
          : ipv4(of: packet, start..<end, offset, hasMore: hasMore))
      start = end
    }
  }

  private func ipv4(
    of packet: RawSpan, _ payload: Range<Int>, _ offset: UInt16, hasMore: Bool
  ) -> [UInt8] {
    var piece = packet.copy(0..<headers) + packet.copy(payload)
    let length = UInt16(truncatingIfNeeded: piece.count)
    var span = piece.mutableSpan
    var bytes = span.mutableBytes
    let dontFragment = bytes.bytes.bigEndian(UInt16.self, at: 6) & 0x4000
    bytes.store(bigEndian: length, at: 2)
    bytes.store(bigEndian: dontFragment | (hasMore ? 0x2000 : 0) | offset / 8, at: 6)
    bytes.finishIPv4Header(length: headers)
    return piece
  }

  private func ipv6(
    of packet: RawSpan, _ payload: Range<Int>, _ offset: UInt16, hasMore: Bool
  ) -> [UInt8] {
    let header = [UInt8](repeating: 0, count: FragmentInfo.headerLength)
    var piece = packet.copy(0..<headers) + header + packet.copy(payload)
    let length = UInt16(truncatingIfNeeded: piece.count - 40)
    var span = piece.mutableSpan
    var bytes = span.mutableBytes
    bytes.store(bigEndian: length, at: 4)
    bytes.store(bigEndian: bytes.bytes.bigEndian(UInt8.self, at: numberPlace), at: headers)
    bytes.store(bigEndian: FragmentInfo.number, at: numberPlace)
    bytes.store(bigEndian: offset | (hasMore ? 1 : 0), at: headers + 2)
    bytes.store(bigEndian: identification, at: headers + 4)
    return piece
  }
}
