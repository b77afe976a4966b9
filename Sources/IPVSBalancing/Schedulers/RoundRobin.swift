/// Each eligible server in turn (ip_vs_rr.c).
final class RoundRobin: Scheduler {
  static let name: StaticString = "rr"

  /// The position of the last choice; -1, before the first, where the list begins.
  private var last = -1

  func update(_ change: CandidateChange, _ candidates: Candidates, _ settings: ServiceSettings) {
    switch change {
    case .added: if last >= 0 { last += 1 }
    case .edited: break
    case .removed(_, let position): if position <= last { last -= 1 }
    }
  }

  func pick(
    _ flow: Flow, _ candidates: Candidates, _ settings: ServiceSettings, at now: Instant
  ) -> Candidates.Index? {
    for step in 1...max(1, candidates.count) where candidates.count > 0 {
      let position = (last + step) % candidates.count
      guard candidates[position].isEligible else { continue }
      last = position
      return candidates.index(at: position)
    }
    return nil
  }
}
