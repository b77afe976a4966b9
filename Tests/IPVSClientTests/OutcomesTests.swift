// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import IPVSClient

@Suite struct OutcomesTests {
  /// Sequence numbers wrap around to 0.
  @Test(
    "outcomes noted in any order are returned in the order of the requests",
    arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [0, 3, 3, 1, 2, 0]])
  func order(_ indices: [UInt32]) {
    for first in [1, UInt32.max - 1] {
      var outcomes = Outcomes()
      for index in indices { outcomes.note(EEXIST + Int32(index), of: first &+ index) }
      #expect(
        outcomes.rejections(after: first)
          == (0..<4).map { RejectedRequest(index: $0, errno: EEXIST + Int32($0)) })
    }
  }

  @Test("the last outcome of a request counts, and success is not a refusal")
  func last() {
    var outcomes = Outcomes()
    outcomes.note(EEXIST, of: 7)
    outcomes.note(0, of: 8)
    outcomes.note(ENOENT, of: 7)
    #expect(outcomes[7] == ENOENT)
    #expect(outcomes[8] == 0)
    #expect(outcomes[9] == nil)
    #expect(outcomes.rejections(after: 7) == [RejectedRequest(index: 0, errno: ENOENT)])
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
