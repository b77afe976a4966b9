// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var nq: any Scheduler.Type { NeverQueue.self }
}

/// An idle server, if there is one; otherwise as the shortest expected delay has it (ip_vs_nq.c).
final class NeverQueue: Scheduler {
  static var basis: ChoiceBasis { .connections }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.expectedDelay
  }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    for position in 0..<service.count
    where service[position].isEligible && service[position].activeConnections == 0 {
      return service.index(at: position)
    }
    return service.leastLoaded(by: \.expectedDelay)
  }
}
