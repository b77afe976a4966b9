/// What passed so far, or how much of it each second: of a service, of a real server, or of all.
public struct Counters: Hashable, Sendable, BitwiseCopyable {
  public var connections: UInt64 = 0
  public var inboundPackets: UInt64 = 0
  public var outboundPackets: UInt64 = 0
  public var inboundBytes: UInt64 = 0
  public var outboundBytes: UInt64 = 0

  public init() {}

  /// Each number, combined with its like.
  ///
  /// - Parameters:
  ///   - events: for connections and packets.
  ///   - bytes: for bytes.
  func combined(
    with other: Counters, events: (UInt64, UInt64) -> UInt64, bytes: (UInt64, UInt64) -> UInt64
  ) -> Counters {
    var result = Counters()
    result.connections = events(connections, other.connections)
    result.inboundPackets = events(inboundPackets, other.inboundPackets)
    result.outboundPackets = events(outboundPackets, other.outboundPackets)
    result.inboundBytes = bytes(inboundBytes, other.inboundBytes)
    result.outboundBytes = bytes(outboundBytes, other.outboundBytes)
    return result
  }
}
