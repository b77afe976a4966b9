internal import IPVSBalancing
internal import IPVSPackets

extension Forwarder {
  /// Forwards a packet of an established connection, if it is one, by the fast path: what `pass` does,
  /// without a look at anything that such packets do not need.
  ///
  /// Only behind a router, which has verified the checksum of the header.
  ///
  /// - Returns: Whether it did; otherwise nothing was changed.
  mutating func passPlain<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant,
    _ port: inout Port
  ) -> Bool {
    let restoresTimeToLive = restoresTimeToLive
    let checksum = frame.offload.checksum
    let isRequest: Bool? = frame.change { packet in
      // A router has decremented the time to live of what comes, and decrements that of what goes.
      if balancer.forward(&packet, at: .localIn, checksum: checksum, routes: routes, at: now) {
        for _ in 0..<(restoresTimeToLive ? 2 : 0) { packet.restoreTimeToLive() }
        return true
      }
      guard balancer.forward(&packet, at: .forward, checksum: checksum, routes: routes, at: now)
      else { return nil }
      if restoresTimeToLive { packet.restoreTimeToLive() }
      return false
    }
    guard let isRequest else { return false }
    if isRequest { counters.toServers += 1 } else { counters.toClients += 1 }
    var frame = frame
    // What follows the packet's own end in the frame is not sent.
    frame.length = Int(frame.packet.bytes.bigEndian(UInt16.self, at: 2))
    emit(frame, .routed, &port)
    return true
  }
}
