import IPVS
import IPVSEngine

/// An engine in this process, as the other end of a director's socket.
final class InProcessEngine: Transport {
  var netlinkServer = NetlinkServer(Balancer(seed: 1))
  private var session = NetlinkSession()

  func send(_ datagram: RawSpan) -> Int32 {
    netlinkServer.answer(datagram, for: &session)
    return 0
  }

  func receive() -> Received {
    netlinkServer.nextDatagram(&session).map { .datagram($0) } ?? .failed(errno: 110)
  }

  /// Lets an hour pass: the test sets the clock.
  func wait() {
    let later = netlinkServer.balancer.now.advanced(byTicks: 3600 * Instant.ticksPerSecond)
    _ = netlinkServer.balancer.advance(to: later)
  }
}

/// The same rules without a kernel, a socket, or a clock.
func tryRules(with engine: InProcessEngine) throws {
  var director = try Director(.transport(engine))
  _ = try balance(&director)
  engine.wait()
}
