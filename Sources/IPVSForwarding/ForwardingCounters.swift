public import IPVSBalancing

/// What became of packets.
public struct ForwardingCounters: Hashable, Sendable {
  /// How many came.
  public var packets: UInt64 = 0

  /// Sent on to real servers.
  public var toServers: UInt64 = 0

  /// Sent back to clients.
  public var toClients: UInt64 = 0

  /// Let through unchanged.
  public var passed: UInt64 = 0

  /// Dropped, and their sender told by an ICMP error.
  public var refused: UInt64 = 0

  /// Pieces of datagrams that waited for others, or wait yet.
  public var pieces: UInt64 = 0

  /// Not IP, or broken.
  public var unreadable: UInt64 = 0

  /// Could not be sent: the device's queue was full, or they were too long for their way.
  public var lost: UInt64 = 0

  private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

  public init() {}

  /// Dropped by the balancer, without a word to anybody, for a reason.
  public func dropped(_ reason: DropReason) -> UInt64 { drops[Int(reason.rawValue)] }

  mutating func drop(_ reason: DropReason) { drops[Int(reason.rawValue)] += 1 }
}
