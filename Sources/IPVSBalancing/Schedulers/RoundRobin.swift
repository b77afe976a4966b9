// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var rr: any Scheduler.Type { RoundRobin.self }
}

/// Each eligible server in turn (ip_vs_rr.c).
final class RoundRobin: Scheduler {
  static var basis: ChoiceBasis { .turn }

  /// The position of the last choice; -1, before the first, where the list begins.
  private var last = -1

  init(seed: UInt64) {}

  func update(_ change: CandidateChange, _ service: Candidates) {
    switch change {
    case .added: if last >= 0 { last += 1 }
    case .edited: break
    case .removed(_, let position): if position <= last { last -= 1 }
    }
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    var position = last
    for _ in 0..<service.count {
      position = position + 1 < service.count ? position + 1 : 0
      guard service[position].isEligible else { continue }
      last = position
      return service.index(at: position)
    }
    return nil
  }
}
