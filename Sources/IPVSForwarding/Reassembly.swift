internal import IPVSBalancing
internal import IPVSPackets

/// Puts datagrams together whose pieces come as packets of their own, as the kernel does before IPVS sees
/// them: only the first piece has ports, and the last may come first.
///
/// Its memory has a bound, and the oldest datagrams go first.
struct Reassembly {
  /// How long the first piece of a datagram waits for the last, in ticks (`ipfrag_time`).
  static let patience = 30 * Instant.ticksPerSecond

  /// The most bytes that wait (`ipfrag_high_thresh`).
  static let mostBytes = 4 << 20

  /// How many places for datagrams are not worth looking after.
  private static let leastOrder = 1024

  /// What a piece costs beside its bytes.
  private static let overhead = 128

  /// A datagram that is whole again.
  struct Whole: Equatable {
    /// From the IP header on, which is that of the first piece.
    var bytes: [UInt8]

    /// How to cut it again.
    var plan: FragmentPlan
  }

  private struct Piece {
    let offset: Int
    let bytes: [UInt8]
  }

  private struct Partial {
    let serial: UInt64
    var pieces: [Piece] = []
    var headers: [UInt8] = []
    var plan: FragmentPlan

    /// The length of the payload; nil as long as the last piece is missing.
    var total: Int?
    var present = 0
    var longestDontFragment = false
    var cost = 0
  }

  private var partials: [FragmentInfo.Datagram: Partial] = [:]

  /// All datagrams in the order in which they began; some are gone by now.
  private var order: [(datagram: FragmentInfo.Datagram, serial: UInt64, begun: Instant)] = []
  private var oldest = 0
  private var lastSerial: UInt64 = 0
  private(set) var bytes = 0

  /// How many datagrams wait.
  var count: Int { partials.count }

  /// Takes a piece. Nil: the datagram is not whole yet, or never will be.
  mutating func take(
    _ place: FragmentInfo, _ header: PacketHeader, of packet: RawSpan, at now: Instant
  ) -> Whole? {
    forget(upTo: now)
    var partial = partials.removeValue(forKey: place.datagram) ?? begin(place, now)
    bytes -= partial.cost
    guard add(place, header, of: packet, to: &partial) else { return nil }
    if let total = partial.total, partial.present == total, !partial.headers.isEmpty {
      return Self.whole(partial, place.datagram)
    }
    bytes += partial.cost
    partials[place.datagram] = partial
    while bytes > Self.mostBytes { forgetOldest() }
    return nil
  }

  private mutating func begin(_ place: FragmentInfo, _ now: Instant) -> Partial {
    lastSerial += 1
    // Those that became whole leave their places here.
    if order.count - oldest > 2 * partials.count + Self.leastOrder { compact() }
    order.append((place.datagram, lastSerial, now))
    return Partial(serial: lastSerial, plan: FragmentPlan(place))
  }

  /// False: the piece does not go with the others, and the datagram is given up (RFC 5722).
  private func add(
    _ place: FragmentInfo, _ header: PacketHeader, of packet: RawSpan, to partial: inout Partial
  ) -> Bool {
    let length = place.payload.count
    let end = place.offset + length
    guard length > 0, place.isLast || length % 8 == 0,
      place.headers.count + end <= PacketFrame.largestPacket
    else { return false }
    if place.isLast {
      guard partial.total == nil || partial.total == end else { return false }
      partial.total = end
    }
    guard partial.total.map({ end <= $0 }) ?? true else { return false }
    let index = partial.pieces.firstIndex { $0.offset >= place.offset } ?? partial.pieces.count
    if index < partial.pieces.count {
      let next = partial.pieces[index]
      // A piece that comes twice changes nothing.
      if next.offset == place.offset, next.bytes.count == length { return true }
      guard end <= next.offset else { return false }
    }
    if index > 0 {
      let previous = partial.pieces[index - 1]
      guard previous.offset + previous.bytes.count <= place.offset else { return false }
    }
    partial.pieces.insert(
      Piece(offset: place.offset, bytes: packet.copy(place.payload)), at: index)
    partial.present += length
    partial.cost += length + Self.overhead
    if place.offset == 0 {
      partial.headers = packet.copy(place.headers)
      partial.plan.headers = place.headers.count
      partial.plan.numberPlace = place.numberPlace
    }
    if header.length >= partial.plan.longest {
      partial.plan.longest = header.length
      partial.longestDontFragment = header.dontFragment
    }
    return true
  }

  private static func whole(
    _ partial: Partial, _ datagram: FragmentInfo.Datagram
  ) -> Whole {
    var bytes = partial.headers
    for piece in partial.pieces { bytes += piece.bytes }
    let length = bytes.count
    var span = bytes.mutableSpan
    var packet = span.mutableBytes
    if datagram.isIPv6 {
      packet.store(bigEndian: datagram.transport, at: partial.plan.numberPlace)
      packet.store(bigEndian: UInt16(truncatingIfNeeded: length - 40), at: 4)
    } else {
      packet.store(bigEndian: UInt16(truncatingIfNeeded: length), at: 2)
      packet.store(bigEndian: UInt16(partial.longestDontFragment ? 0x4000 : 0), at: 6)
      packet.finishIPv4Header(length: partial.headers.count)
    }
    return Whole(bytes: bytes, plan: partial.plan)
  }

  private mutating func compact() {
    order = order[oldest...].filter { partials[$0.datagram]?.serial == $0.serial }
    oldest = 0
  }

  private mutating func forget(upTo now: Instant) {
    while oldest < order.count, now.ticks(since: order[oldest].begun) >= Self.patience {
      forgetOldest()
    }
  }

  private mutating func forgetOldest() {
    let (datagram, serial, _) = order[oldest]
    if let partial = partials[datagram], partial.serial == serial {
      bytes -= partial.cost
      partials[datagram] = nil
    }
    oldest += 1
    if oldest * 2 > order.count {
      order.removeFirst(oldest)
      oldest = 0
    }
  }
}
