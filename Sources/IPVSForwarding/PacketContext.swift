internal import IPVSAddresses
internal import IPVSDevices
internal import IPVSPackets

/// A packet on its way through the relay.
struct PacketContext {
  var header: PacketHeader
  var offload: OffloadHeader

  /// It is at the director's own address.
  var isArrived: Bool

  /// A router has taken a hop from it that is to be given back.
  var hasLostHop: Bool

  /// How to cut it: again, if it came in pieces, or because its way is narrow.
  var plan: FragmentPlan?

  /// Lets no piece be longer than the way takes. A packet of IPv4 is cut if it is; one of IPv6, and one that
  /// must not be cut, did not come as far as this.
  mutating func narrow(to mtu: Int) {
    if let longest = plan?.longest {
      plan?.longest = min(longest, mtu)
    } else if header.family == .ipv4, header.length > mtu {
      plan = FragmentPlan(headers: header.transportOffset, longest: mtu)
    }
  }
}
