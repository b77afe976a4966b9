// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var ovf: any Scheduler.Type { WeightedOverflow.self }
}

/// The heaviest server until it has as many active connections as its weight says, then the next
/// (ip_vs_ovf.c).
final class WeightedOverflow: Scheduler {
  static var basis: ChoiceBasis { .connections }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    Int64(server.activeConnections)
  }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    service.heaviest { Int64($0.activeConnections) <= Int64($0.weight) }
  }
}
