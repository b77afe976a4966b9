// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var sed: any Scheduler.Type { ShortestExpectedDelay.self }
}

/// The server where one more active connection makes the least load for its weight (ip_vs_sed.c).
final class ShortestExpectedDelay: Scheduler {
  static var basis: ChoiceBasis { .connections }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.expectedDelay
  }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    service.leastLoaded(by: \.expectedDelay)
  }
}
