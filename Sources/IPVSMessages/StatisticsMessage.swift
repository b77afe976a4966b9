internal import IPVSNetlinkFormat
internal import IPVSRules

/// The counters of a service or a real server while its attributes come in.
///
/// The kernel sends them twice, in 32 bits and, since Linux 4.1, in 64; the wide ones win.
struct StatisticsMessage {
  private var narrow: Statistics?
  private var wide: Statistics?

  var best: Statistics { wide ?? narrow ?? Statistics() }

  mutating func read(_ content: RawSpan, wide isWide: Bool) throws(NetlinkFormatError) {
    var statistics = Statistics()
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      guard let counter = IPVSFamily.Counter(rawValue: type), counter != .padding else { return }
      // In the narrow form the counters of bytes alone have 64 bits, and only those of totals.
      let isLong = isWide || counter == .inboundBytes || counter == .outboundBytes
      let value =
        isLong
        ? try payload.number(UInt64.self, of: type)
        : UInt64(try payload.number(UInt32.self, of: type))
      statistics.set(counter, to: value)
    }
    if isWide { wide = statistics } else { narrow = statistics }
  }
}

extension Statistics {
  fileprivate mutating func set(_ counter: IPVSFamily.Counter, to value: UInt64) {
    switch counter {
    case .connections: totals.connections = value
    case .inboundPackets: totals.inboundPackets = value
    case .outboundPackets: totals.outboundPackets = value
    case .inboundBytes: totals.inboundBytes = value
    case .outboundBytes: totals.outboundBytes = value
    case .connectionRate: rates.connections = value
    case .inboundPacketRate: rates.inboundPackets = value
    case .outboundPacketRate: rates.outboundPackets = value
    case .inboundByteRate: rates.inboundBytes = value
    case .outboundByteRate: rates.outboundBytes = value
    case .padding: break
    }
  }
}
