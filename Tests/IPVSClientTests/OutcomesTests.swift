import Glibc
import Testing

@testable import IPVSClient

@Suite struct OutcomesTests {
  /// The numbers go on from 0 after the largest.
  @Test(
    "outcomes noted in any order are told in the order of the requests",
    arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [0, 3, 3, 1, 2, 0]])
  func order(_ places: [UInt32]) {
    for first in [1, UInt32.max - 1] {
      var outcomes = Outcomes()
      for place in places { outcomes.note(EEXIST + Int32(place), of: first &+ place) }
      #expect(
        outcomes.rejections(after: first)
          == (0..<4).map { RejectedChange(index: $0, errno: EEXIST + Int32($0)) })
    }
  }

  @Test("what is said last of a request counts, and success is no refusal")
  func last() {
    var outcomes = Outcomes()
    outcomes.note(EEXIST, of: 7)
    outcomes.note(0, of: 8)
    outcomes.note(ENOENT, of: 7)
    #expect(outcomes[7] == ENOENT)
    #expect(outcomes[8] == 0)
    #expect(outcomes[9] == nil)
    #expect(outcomes.rejections(after: 7) == [RejectedChange(index: 0, errno: ENOENT)])
    #expect(outcomes.rejections(after: 8).isEmpty)
  }

  @Test("outcomes of later requests stay when those of earlier ones are taken")
  func take() {
    var outcomes = Outcomes()
    for sequence in [UInt32.max, 0, 1] { outcomes.note(EEXIST, of: sequence) }
    let taken = outcomes.take(before: 1)
    #expect(taken.rejections(after: .max).map(\.index) == [0, 1])
    #expect(outcomes.rejections(after: 1).map(\.index) == [0])
    #expect(outcomes[0] == nil)
  }
}
