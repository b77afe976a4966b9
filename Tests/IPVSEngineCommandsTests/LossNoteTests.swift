// SPDX-License-Identifier: Apache-2.0

import IPVSBalancing
import Testing

@testable import IPVSEngineCommands

/// When lost packets are reported.
@Suite struct LossNoteTests {
  @Test("the first loss is reported at once, others together after a minute, each once")
  func pauses() {
    var note = LossNote()
    #expect(note.due(0, at: Instant(seconds: 1)) == nil)
    #expect(note.due(3, at: Instant(seconds: 2)) == 3)
    #expect(note.due(3, at: Instant(seconds: 90)) == nil)
    #expect(note.due(4, at: Instant(seconds: 90)) == 1)
    #expect(note.due(9, at: Instant(seconds: 149)) == nil)
    #expect(note.due(10, at: Instant(seconds: 150)) == 6)
  }

  @Test("at the end the rest is reported")
  func end() {
    var note = LossNote()
    #expect(note.due(1, at: Instant(seconds: 1)) == 1)
    #expect(note.due(5, at: Instant(seconds: 2), isLast: true) == 4)
    #expect(note.due(5, at: Instant(seconds: 3), isLast: true) == nil)
  }
}
