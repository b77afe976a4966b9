// SPDX-License-Identifier: Apache-2.0

/// The results of requests, in the order of their sequence numbers: an errno, or 0 for success.
///
/// Answers come in that order, so that nearly all are added at the end. A dictionary would do as well,
/// but the first one of a program costs as much as a thousand changes.
struct Outcomes {
  private struct Outcome {
    let sequence: UInt32
    let errno: Int32
  }

  private var outcomes: [Outcome] = []

  init() {}

  /// The result of a request; nil if it is not known.
  subscript(sequence: UInt32) -> Int32? {
    let index = index(of: sequence)
    return isNoted(sequence, at: index) ? outcomes[index].errno : nil
  }

  /// Notes the result of a request, in place of an earlier one.
  mutating func note(_ errno: Int32, of sequence: UInt32) {
    let index = index(of: sequence)
    let outcome = Outcome(sequence: sequence, errno: errno)
    if isNoted(sequence, at: index) {
      outcomes[index] = outcome
    } else {
      outcomes.insert(outcome, at: index)
    }
  }

  /// Removes the outcomes of the requests before `end`, and returns them.
  mutating func take(before end: UInt32) -> Outcomes {
    let count = index(of: end)
    guard count > 0 else { return Outcomes() }
    var taken = Outcomes()
    taken.outcomes = Array(outcomes[..<count])
    outcomes.removeFirst(count)
    return taken
  }

  /// The requests that were refused, with their distances from the request with the number `first`;
  /// those before it are left out.
  func rejections(after first: UInt32) -> [RejectedRequest] {
    var rejections: [RejectedRequest] = []
    for outcome in outcomes where outcome.errno != 0 {
      let index = Int32(bitPattern: outcome.sequence &- first)
      if index >= 0 { rejections.append(RejectedRequest(index: Int(index), errno: outcome.errno)) }
    }
    return rejections
  }

  private func isNoted(_ sequence: UInt32, at index: Int) -> Bool {
    index < outcomes.count && outcomes[index].sequence == sequence
  }

  /// The index of the first outcome of that request or a later one. Numbers wrap around to 0.
  private func index(of sequence: UInt32) -> Int {
    var index = outcomes.count
    while index > 0, Int32(bitPattern: outcomes[index - 1].sequence &- sequence) >= 0 { index -= 1 }
    return index
  }
}
