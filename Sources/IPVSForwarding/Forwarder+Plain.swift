internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

extension Forwarder {
  /// Passes on a packet of an established connection, if it is one, the short way: what `pass` does, without
  /// a look at anything that such packets do not need.
  ///
  /// Only behind a router, which has looked at the checksum of the header.
  mutating func passPlain(
    _ length: Int, _ offload: OffloadHeader, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant, _ send: Send
  ) -> Bool {
    let range = Self.headroom..<Self.headroom + length
    let returnsHops = returnsHops
    let isRequest: Bool? = buffer.change(range) { packet in
      // A router has taken a hop from what comes, and takes one from what goes.
      if balancer.forward(
        &packet, at: .localIn, checksum: offload.checksum, routes: routes, at: now)
      {
        for _ in 0..<(returnsHops ? 2 : 0) { packet.giveHop() }
        return true
      }
      guard
        balancer.forward(
          &packet, at: .forward, checksum: offload.checksum, routes: routes, at: now)
      else { return nil }
      if returnsHops { packet.giveHop() }
      return false
    }
    guard let isRequest else { return false }
    if isRequest { counters.toServers += 1 } else { counters.toClients += 1 }
    // What is behind the packet's own end stays here.
    let own = Int(buffer.span.bytes.extracting(range).bigEndian(UInt16.self, at: 2))
    emit(Self.headroom..<Self.headroom + own, offload, .routed, send)
    return true
  }
}
