// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var wrr: any Scheduler.Type { WeightedRoundRobin.self }
}

/// Servers in turn, each as often as its weight says (ip_vs_wrr.c).
///
/// A round passes over the list once for each level from the greatest weight down: a server is chosen in
/// the passes whose level its weight reaches. Levels differ by a common divisor of the weights.
///
/// There may be 2^31 levels, and the kernel tries each. Where a whole pass chose no server, the next one
/// here has the highest level that a server reaches, which leads to the same choice: `passesPerPick`
/// bounds the work, whatever the weights are.
final class WeightedRoundRobin: Scheduler {
  static var basis: ChoiceBasis { .weightedTurn }

  /// Before the first server of the list.
  private static let head = -1

  /// The most passes of a choice: the rest of the one in which the last server was chosen, one that
  /// chooses none, and one that chooses a server or is the last.
  static let passesPerPick = 3

  /// How many passes were begun or continued so far.
  private(set) var passes = 0

  private var current = head
  private var level = 0
  private var highestLevel = 0
  private var step = 1

  init(seed: UInt64) {}

  func bind(_ service: Candidates) throws(SchedulerError) {
    measure(service)
    level = highestLevel
  }

  func update(_ change: CandidateChange, _ service: Candidates) {
    current = Self.head
    measure(service)
    if level > highestLevel || level == 0 {
      level = highestLevel
    } else if step > 1 {
      level = level / step * step + 1
    }
  }

  private func measure(_ service: Candidates) {
    var divisor = 0
    var greatest = 0
    for position in 0..<service.count where service[position].weight > 0 {
      let weight = Int(service[position].weight)
      divisor = commonDivisor(divisor, weight)
      greatest = max(greatest, weight)
    }
    step = max(divisor, 1)
    highestLevel = greatest - (step - 1)
    if greatest == 0 { highestLevel = 0 }
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    guard highestLevel > 0 else { return nil }
    let last = current
    // Where the pass of the lowest level ends, once a whole round chose no server.
    var stop: Int?
    var isLastPass = false
    var hasRestarted = false
    while true {
      passes &+= 1
      let isWhole = current == Self.head
      var greatest = 0
      while current + 1 < service.count {
        current += 1
        if !service[current].isOverloaded {
          if service[current].weight >= level { return service.index(at: current) }
          greatest = max(greatest, Int(service[current].weight))
        }
        if current == stop { return nil }
      }
      current = Self.head
      level -= step
      if isWhole { skipLevels(above: greatest) }
      if level <= 0 {
        level = highestLevel
        if isLastPass || last == Self.head { return nil }
        hasRestarted = true
      }
      isLastPass = level <= step
      if isLastPass, hasRestarted, last != Self.head { stop = last }
    }
  }

  /// Lowers the level to the next one that `weight` reaches, but not below the lowest one.
  private func skipLevels(above weight: Int) {
    let target = max(weight, step)
    if level > target { level -= (level - target + step - 1) / step * step }
  }
}

/// The greatest common divisor, by Euclid's algorithm; 0 has every divisor.
func commonDivisor(_ left: Int, _ right: Int) -> Int {
  var (left, right) = (left, right)
  while right != 0 { (left, right) = (right, left % right) }
  return left
}
