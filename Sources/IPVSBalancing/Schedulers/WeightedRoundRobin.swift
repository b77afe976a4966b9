/// Servers in turn, each as often as its weight says (ip_vs_wrr.c).
///
/// A round passes over the list several times, for each level from the greatest weight down: a server
/// is chosen in the passes whose level it reaches. Levels lie a common divisor of the weights apart.
final class WeightedRoundRobin: Scheduler {
  static let name: StaticString = "wrr"

  /// Before the first server of the list.
  private static let head = -1

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
    // Where the pass for the lowest level ends, once a whole round found nobody.
    var stop: Int?
    var isLastPass = false
    var hasRestarted = false
    while true {
      while current + 1 < service.count {
        current += 1
        if !service[current].isOverloaded, service[current].weight >= level {
          return service.index(at: current)
        }
        if current == stop { return nil }
      }
      current = Self.head
      level -= step
      if level <= 0 {
        level = highestLevel
        if isLastPass || last == Self.head { return nil }
        hasRestarted = true
      }
      isLastPass = level <= step
      if isLastPass, hasRestarted, last != Self.head { stop = last }
    }
  }
}

/// Euclid's; 0 has every divisor.
func commonDivisor(_ left: Int, _ right: Int) -> Int {
  var (left, right) = (left, right)
  while right != 0 { (left, right) = (right, left % right) }
  return left
}
