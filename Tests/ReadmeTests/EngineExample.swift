import IPVSAnswering
import IPVSBalancing
import IPVSClient
import IPVSSockets

/// An engine in this process, as the other end of a director's socket.
final class InnerEngine: Wire {
  var answerer = Answerer(Balancer(seed: 1))
  private var conversation = Conversation()

  func send(_ datagram: RawSpan) -> Int32 {
    answerer.answer(datagram, for: &conversation)
    return 0
  }

  func receive() -> Received {
    answerer.nextDatagram(&conversation).map { .datagram($0) } ?? .failed(errno: 110)
  }

  /// Lets an hour pass: time is what the test says it is.
  func wait() {
    let later = answerer.balancer.now.advanced(byTicks: 3600 * Instant.ticksPerSecond)
    _ = answerer.balancer.advance(to: later)
  }
}

/// The same rules without a kernel, a socket, or a clock.
func tryRules(with engine: InnerEngine) throws {
  var director = try Director(.wire(engine))
  try balance(&director)
  engine.wait()
}
