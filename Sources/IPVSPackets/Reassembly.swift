// SPDX-License-Identifier: Apache-2.0

/// Reassembles datagrams whose fragments are received as packets of their own, as the kernel does before
/// IPVS sees them: only the first fragment has ports, and the last may come first.
///
/// Its memory is bounded: the oldest datagrams are dropped first.
public struct Reassembly {
  /// The most bytes that wait (`ipfrag_high_thresh`).
  static let mostBytes = 4 << 20

  /// `order` is compacted only when it has more entries than this whose datagrams are gone.
  private static let leastOrder = 1024

  /// What a fragment costs beside its bytes.
  private static let overhead = 128

  /// The bytes of the longest datagram, headers included.
  private static let longestDatagram = 65_535

  /// A datagram that is whole again.
  public struct Whole: Equatable, Sendable {
    /// From the IP header on, which is that of the first fragment.
    public var bytes: [UInt8]

    /// How to fragment it again.
    public var plan: FragmentPlan
  }

  private struct Part: Sendable {
    let offset: Int
    let bytes: [UInt8]
  }

  private struct Partial: Sendable {
    let serial: UInt64
    var parts: [Part] = []
    var headers: [UInt8] = []
    var plan: FragmentPlan

    /// The length of the payload; nil while the last fragment is missing.
    var total: Int?
    var present = 0
    var longestDontFragment = false
    var cost = 0
  }

  private var partials: [FragmentInfo.Datagram: Partial] = [:]

  /// All datagrams in the order of their first fragments; some are complete, or dropped, by now.
  private var order: [(datagram: FragmentInfo.Datagram, serial: UInt64, begun: UInt64)] = []
  private var oldest = 0
  private var lastSerial: UInt64 = 0
  private(set) var bytes = 0
  private let patience: UInt64

  /// - Parameter patience: How long the first fragment of a datagram waits for the last, in the unit of
  ///   time that `take` is given.
  public init(patience: UInt64) { self.patience = patience }

  /// The number of incomplete datagrams.
  var count: Int { partials.count }

  /// Takes a fragment.
  ///
  /// - Parameters:
  ///   - info: What was read of the fragment.
  ///   - header: The fragment's IP header.
  ///   - packet: The packet that holds the fragment.
  ///   - now: The time, which never goes back.
  /// - Returns: The datagram, if this was its last missing fragment.
  public mutating func take(
    _ info: FragmentInfo, _ header: PacketHeader, of packet: RawSpan, at now: UInt64
  ) -> Whole? {
    dropExpired(at: now)
    var partial = partials.removeValue(forKey: info.datagram) ?? begin(info, now)
    bytes -= partial.cost
    guard add(info, header, of: packet, to: &partial) else { return nil }
    if let total = partial.total, partial.present == total, !partial.headers.isEmpty {
      return Self.whole(partial, info.datagram)
    }
    bytes += partial.cost
    partials[info.datagram] = partial
    while bytes > Self.mostBytes { dropOldest() }
    return nil
  }

  private mutating func begin(_ info: FragmentInfo, _ now: UInt64) -> Partial {
    lastSerial += 1
    // Complete datagrams leave their entries here.
    if order.count - oldest > 2 * partials.count + Self.leastOrder { compact() }
    order.append((info.datagram, lastSerial, now))
    return Partial(serial: lastSerial, plan: FragmentPlan(info))
  }

  /// - Returns: False if the fragment contradicts the others: the datagram is dropped (RFC 5722).
  private func add(
    _ info: FragmentInfo, _ header: PacketHeader, of packet: RawSpan, to partial: inout Partial
  ) -> Bool {
    let length = info.payload.count
    let end = info.offset + length
    guard length > 0, info.isLast || length % 8 == 0,
      info.headers.count + end <= Self.longestDatagram
    else { return false }
    if info.isLast {
      guard partial.total == nil || partial.total == end else { return false }
      partial.total = end
    }
    guard partial.total.map({ end <= $0 }) ?? true else { return false }
    let index = partial.parts.firstIndex { $0.offset >= info.offset } ?? partial.parts.count
    if index < partial.parts.count {
      let next = partial.parts[index]
      // A duplicate changes nothing.
      if next.offset == info.offset, next.bytes.count == length { return true }
      guard end <= next.offset else { return false }
    }
    if index > 0 {
      let previous = partial.parts[index - 1]
      guard previous.offset + previous.bytes.count <= info.offset else { return false }
    }
    partial.parts.insert(
      Part(offset: info.offset, bytes: packet.copy(info.payload)), at: index)
    partial.present += length
    partial.cost += length + Self.overhead
    if info.offset == 0 {
      partial.headers = packet.copy(info.headers)
      partial.plan.headers = info.headers.count
      partial.plan.numberOffset = info.numberOffset
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
    for part in partial.parts { bytes += part.bytes }
    let length = bytes.count
    var span = bytes.mutableSpan
    var packet = span.mutableBytes
    if datagram.isIPv6 {
      packet.store(datagram.transport, at: partial.plan.numberOffset)
      packet.store(UInt16(truncatingIfNeeded: length - 40), at: 4)
    } else {
      packet.store(UInt16(truncatingIfNeeded: length), at: 2)
      packet.store(UInt16(partial.longestDontFragment ? 0x4000 : 0), at: 6)
      packet.finishHeader(length: partial.headers.count)
    }
    return Whole(bytes: bytes, plan: partial.plan)
  }

  private mutating func compact() {
    order = order[oldest...].filter { partials[$0.datagram]?.serial == $0.serial }
    oldest = 0
  }

  private mutating func dropExpired(at now: UInt64) {
    while oldest < order.count, now >= order[oldest].begun + patience {
      dropOldest()
    }
  }

  private mutating func dropOldest() {
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
