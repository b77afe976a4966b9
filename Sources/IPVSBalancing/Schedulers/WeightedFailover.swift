// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var fo: any Scheduler.Type { WeightedFailover.self }
}

/// Always the heaviest server that is there (ip_vs_fo.c).
final class WeightedFailover: Scheduler {
  static var basis: ChoiceBasis { .weights }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    service.heaviest { _ in true }
  }
}
