/// What passed through a service or to a real server: totals, or, in a rate, per second.
public struct Traffic: Hashable, Sendable {
  public var connections: UInt64
  public var inboundPackets: UInt64
  public var outboundPackets: UInt64
  public var inboundBytes: UInt64
  public var outboundBytes: UInt64

  public init(
    connections: UInt64 = 0, inboundPackets: UInt64 = 0, outboundPackets: UInt64 = 0,
    inboundBytes: UInt64 = 0, outboundBytes: UInt64 = 0
  ) {
    self.connections = connections
    self.inboundPackets = inboundPackets
    self.outboundPackets = outboundPackets
    self.inboundBytes = inboundBytes
    self.outboundBytes = outboundBytes
  }
}
