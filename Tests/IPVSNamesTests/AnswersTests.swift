// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSNames

@Suite struct AnswersTests {
  @Test("a question is asked once, whatever the answer")
  func once() {
    var answers = Answers<Int, Int?>()
    var asked: [Int] = []
    for question in [1, 2, 1, 2, 2] {
      let answer = answers.answer(to: question) {
        asked.append(question)
        return question == 1 ? nil : question
      }
      #expect(answer == (question == 1 ? nil : question))
    }
    #expect(asked == [1, 2])
  }

  @Test("too many answers are forgotten, and asked for again")
  func limit() {
    var answers = Answers<Int, Int>()
    var asked = 0
    for question in 0...Answers<Int, Int>.limit {
      _ = answers.answer(to: question) {
        asked += 1
        return question
      }
    }
    #expect(
      answers.answer(to: 0) {
        asked += 1
        return -1
      } == -1)
    #expect(asked == Answers<Int, Int>.limit + 2)
  }
}
