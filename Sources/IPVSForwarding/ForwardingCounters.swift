// SPDX-License-Identifier: Apache-2.0

public import IPVSBalancing

/// Counts of packets, by what was done with them.
public struct ForwardingCounters: Hashable, Sendable {
  /// Received, reports of ICMP errors included.
  public var packets: UInt64 = 0

  /// Sent on to real servers.
  public var toServers: UInt64 = 0

  /// Sent back to clients.
  public var toClients: UInt64 = 0

  /// Passed unchanged.
  public var passed: UInt64 = 0

  /// Refused: dropped, with an ICMP error to the sender.
  public var refused: UInt64 = 0

  /// Fragments that were kept for others of their datagram, or dropped.
  public var fragments: UInt64 = 0

  /// Not IP, or malformed.
  public var unreadable: UInt64 = 0

  /// Not sent: the device's queue was full, or the packet was too long for its route.
  public var lost: UInt64 = 0

  private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

  public init() {}

  /// Dropped by the balancer for a reason, without an ICMP error.
  public func dropped(_ reason: DropReason) -> UInt64 { drops[Int(reason.rawValue)] }

  mutating func drop(_ reason: DropReason) { drops[Int(reason.rawValue)] += 1 }
}
