// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var lc: any Scheduler.Type { LeastConnections.self }
}

/// The server with the fewest connections, whatever its weight (ip_vs_lc.c).
final class LeastConnections: Scheduler {
  static var basis: ChoiceBasis { .connections }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.overhead(settings)
  }

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    var least: (position: Int, load: Int64)?
    for position in 0..<service.count where service[position].isEligible {
      let load = service[position].overhead(settings)
      if let known = least, known.load <= load { continue }
      least = (position, load)
    }
    return least.map { service.index(at: $0.position) }
  }
}
