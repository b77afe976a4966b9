// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var twos: any Scheduler.Type { TwoChoices.self }
}

/// The less loaded of two servers drawn by weight (ip_vs_twos.c; Mitzenmacher, The Power of Two Choices
/// in Randomized Load Balancing, 1996).
final class TwoChoices: Scheduler {
  static var basis: ChoiceBasis { .chance }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.overhead(settings)
  }

  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    var total: UInt64 = 0
    for position in 0..<service.count where service[position].isEligible {
      total += UInt64(service[position].weight)
    }
    guard total > 0, let first = draw(total, service), let second = draw(total, service) else {
      return nil
    }
    let load = service[first].overhead(settings)
    let other = service[second].overhead(settings)
    return service[first].isHeavier(load, than: service[second], other) ? second : first
  }

  private func draw(_ total: UInt64, _ service: Candidates) -> Candidates.Index? {
    var left = Int64(random.next() % (total + 1))
    for position in 0..<service.count where service[position].isEligible {
      left -= Int64(service[position].weight)
      if left <= 0 { return service.index(at: position) }
    }
    return nil
  }
}
