internal import IPVSAddresses
internal import IPVSPackets

extension OuterHeader {
  /// No way of IPv6 takes less (RFC 8200, section 5).
  private static let leastMTU = 1280

  /// How a packet in the tunnel is cut. Nil: it goes whole.
  ///
  /// What came in pieces goes on in pieces: of IPv4 none is longer than those that came (net/ipv4,
  /// `ip_do_fragment`). IPv6 keeps the pieces as they came, and the first one carries the tunnel's headers
  /// as well, if that makes a piece; otherwise all are cut anew (net/ipv6, `ip6_fragment`).
  ///
  /// - Parameters:
  ///   - length: The bytes of the packet with this header.
  ///   - inner: What is in the tunnel.
  ///   - mtu: That of the way to the other end.
  func plan(_ length: Int, _ inner: PacketContext, _ mtu: Int, identification: UInt32)
    -> FragmentPlan?
  {
    // The two versions of IP keep the length of pieces in different places.
    let came = inner.header.family == family ? inner.plan : nil
    guard family == .ipv6 else {
      let longest = min(mtu, came?.longest ?? .max)
      return length > longest ? FragmentPlan(headers: 20, longest: longest) : nil
    }
    guard let came else {
      return length > mtu ? FragmentPlan(ipv6: mtu, identification: identification) : nil
    }
    let longest = max(came.longest, Self.leastMTU)
    let kept = came.longest - came.headers + 40
    let lead = self.length - 40 + came.headers
    return lead % 8 == 0 && kept + lead <= longest
      ? FragmentPlan(ipv6: kept, lead: lead, identification: identification)
      : FragmentPlan(ipv6: longest, identification: identification)
  }
}
