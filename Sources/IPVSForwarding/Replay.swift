// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSBalancing
public import IPVSDevices

/// Sends captured packets through the balancer, at the time at which they were captured.
///
/// It does not use this machine's routes: every address is one hop away, with an MTU of 1500 bytes unless
/// an error about a tunnel has stated a smaller one.
public struct Replay: ~Copyable {
  private final class OneHopAway: Routes {
    private var pathMTUs = PathMTUs()
    var now = Instant(ticks: 0)

    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      var route = Route(source: 0)
      if family == .ipv4 { route.mtu = pathMTUs.narrowed(route.mtu, to: address, at: now) }
      return route
    }

    func learn(mtu: Int, to address: UInt128) -> Int? {
      guard let route = route(to: address, .ipv4) else { return nil }
      return pathMTUs.learn(mtu, to: address, current: route.mtu, at: now)
    }
  }

  private var port: CapturePort
  private var forwarder: Forwarder
  private let routes = OneHopAway()
  private var batch = PacketBatch()
  private var begin: UInt64?

  /// - Parameter writer: Gets what the director sends.
  public init(
    _ reader: consuming CaptureReader, to writer: consuming CaptureWriter?,
    _ balancer: borrowing Balancer
  ) {
    port = CapturePort(reader, to: writer)
    forwarder = Forwarder(port.capabilities)
    forwarder.interceptSet = InterceptSet(balancer)
  }

  /// What was done with packets.
  public var counters: ForwardingCounters { forwarder.counters }

  /// The frames that were read, and those of them that held no IP packet.
  public var frames: (all: UInt64, others: UInt64) { port.frames }

  /// The packets of which the capture holds a part only; they are not sent.
  public var cutOff: UInt64 { port.cutOff }

  /// Sends the next packet.
  ///
  /// - Returns: False if there is none left, and everything is written.
  /// - Throws: `CaptureError` if the capture is damaged, or what is sent cannot be written.
  public mutating func step(_ balancer: inout Balancer) throws(CaptureError) -> Bool {
    batch.removeAll()
    try port.receive(into: &batch)
    for index in 0..<batch.count {
      let now = instant(of: port.time, balancer.now)
      _ = balancer.advance(to: now)
      routes.now = now
      forwarder.pass(batch[index], &balancer, routes, at: now, &port)
    }
    try port.flush()
    return !port.isAtEnd
  }

  /// The balancer's time; it stops while a capture's clock jumps back.
  private mutating func instant(of time: UInt64, _ present: Instant) -> Instant {
    let begin = begin ?? time
    self.begin = begin
    let ticks = (time > begin ? time - begin : 0) / (1_000_000_000 / Instant.ticksPerSecond)
    return max(Instant(ticks: ticks), present)
  }
}
