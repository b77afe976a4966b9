// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets

/// A packet while it is forwarded.
struct PacketContext {
  var frame: PacketFrame

  /// The headers of the packet, which may end before the frame does.
  var header: PacketHeader

  /// It is for an address of the director.
  var isArrived: Bool

  /// The time to live, which a router has decremented, is to be restored.
  var hasLostHop: Bool

  /// How to fragment the packet: as it was received, or for the MTU of its route.
  var plan: FragmentPlan?

  /// The packet up to its own end.
  var packet: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: frame.start, count: header.length)
  }

  /// Calls `body` with the packet and its header, to change both.
  mutating func change<Result>(_ body: (inout MutableRawSpan, inout PacketHeader) -> Result)
    -> Result
  {
    var frame = frame
    frame.length = header.length
    return frame.change { body(&$0, &header) }
  }

  /// Does what the sender left to a network card, but for cutting into segments.
  mutating func completeChecksum() {
    let offload = frame.offload
    guard offload.checksum == .partial else { return }
    change { packet, header in
      _ = packet.completeChecksum(
        from: Int(offload.checksumStart), offset: Int(offload.checksumOffset), end: header.length)
    }
    frame.offload = PacketOffload()
  }

  /// Lets no fragment be longer than the MTU. A packet of IPv4 is fragmented if it is longer; one of IPv6,
  /// and one with DF, was refused before.
  mutating func narrow(to mtu: Int) {
    if let longest = plan?.longest {
      plan?.longest = min(longest, mtu)
    } else if header.family == .ipv4, header.length > mtu {
      plan = FragmentPlan(headers: header.transportOffset, longest: mtu)
    }
  }
}
