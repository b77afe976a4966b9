/// The server with the fewest connections for its weight (ip_vs_wlc.c).
final class WeightedLeastConnections: Scheduler {
  static let name: StaticString = "wlc"

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    service.leastLoaded { $0.overhead(settings) }
  }
}
