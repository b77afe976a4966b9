// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var wlc: any Scheduler.Type { WeightedLeastConnections.self }
}

/// The server with the fewest connections for its weight (ip_vs_wlc.c).
final class WeightedLeastConnections: Scheduler {
  static var basis: ChoiceBasis { .connections }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.overhead(settings)
  }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    service.leastLoaded { $0.overhead(settings) }
  }
}
