/// What became of requests, in the order of their sequence numbers: an errno, or 0.
///
/// That is the order in which answers come, so that nearly all are added at the end. A dictionary would
/// do as well, but the first one of a program costs as much as a thousand changes.
struct Outcomes {
  private struct Outcome {
    let sequence: UInt32
    let errno: Int32
  }

  private var outcomes: [Outcome] = []

  init() {}

  /// What became of a request, if that is known.
  subscript(sequence: UInt32) -> Int32? {
    let place = place(of: sequence)
    return isNoted(sequence, at: place) ? outcomes[place].errno : nil
  }

  /// Notes what became of a request; what was said of it before counts no more.
  mutating func note(_ errno: Int32, of sequence: UInt32) {
    let place = place(of: sequence)
    let outcome = Outcome(sequence: sequence, errno: errno)
    if isNoted(sequence, at: place) {
      outcomes[place] = outcome
    } else {
      outcomes.insert(outcome, at: place)
    }
  }

  /// Removes the outcomes of the requests before `end`, and returns them.
  mutating func take(before end: UInt32) -> Outcomes {
    let count = place(of: end)
    guard count > 0 else { return Outcomes() }
    var taken = Outcomes()
    taken.outcomes = Array(outcomes[..<count])
    outcomes.removeFirst(count)
    return taken
  }

  /// The requests that were refused from the one with the number `first` on, by their places after it.
  func rejections(after first: UInt32) -> [RejectedChange] {
    var rejections: [RejectedChange] = []
    for outcome in outcomes where outcome.errno != 0 {
      let index = Int32(bitPattern: outcome.sequence &- first)
      if index >= 0 { rejections.append(RejectedChange(index: Int(index), errno: outcome.errno)) }
    }
    return rejections
  }

  private func isNoted(_ sequence: UInt32, at place: Int) -> Bool {
    place < outcomes.count && outcomes[place].sequence == sequence
  }

  /// The place of the first outcome of that request or a later one. Numbers go on from 0 after the
  /// largest.
  private func place(of sequence: UInt32) -> Int {
    var place = outcomes.count
    while place > 0, Int32(bitPattern: outcomes[place - 1].sequence &- sequence) >= 0 { place -= 1 }
    return place
  }
}
