// SPDX-License-Identifier: Apache-2.0

/// The answers to questions that cost time.
struct Answers<Question: Hashable, Answer> {
  /// The most answers that are kept; all are forgotten when there would be more. A listing of
  /// connections may have a million clients, and is not to take memory for each.
  static var limit: Int { 32_768 }

  private var known: [Question: Answer] = [:]

  /// The answer that was given before, or else that of `ask`.
  mutating func answer(to question: Question, asking ask: () -> Answer) -> Answer {
    if let answer = known[question] { return answer }
    let answer = ask()
    if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
    known[question] = answer
    return answer
  }
}
