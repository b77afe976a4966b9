// SPDX-License-Identifier: Apache-2.0

import IPVSPrograms
import IPVSText
import Testing

/// What goes from a terminal to a program, and back.
@Suite struct ScreenTests {
  @Test(
    "keys are those of xterm, tmux, and the console",
    arguments: [
      ("q", [.character("q")]), ("\u{1b}[A\u{1b}OB", [.up, .down]),
      ("\u{1b}[5~\u{1b}[6~", [.pageUp, .pageDown]),
      ("\u{1b}[H\u{1b}OH\u{1b}[1~\u{1b}[7~", [.home, .home, .home, .home]),
      ("\u{1b}[F\u{1b}OF\u{1b}[4~\u{1b}[8~", [.end, .end, .end, .end]),
      // A lone escape keeps no other key from its meaning.
      ("\u{1b}q", [.character("q")]), ("\u{1b}\u{1b}[A", [.up]),
      // Keys without a meaning here, and what is no key.
      ("\u{1b}[1;5Ak", [.character("k")]), ("\u{1b}[99999999999999999999~j", [.character("j")]),
      ("\u{3}\n\u{7f}é\u{0}", []), ("\u{1b}[Zj", [.character("j")]),
    ] as [(String, [Key])])
  func keys(_ typed: String, _ expected: [Key]) {
    var decoder = KeyDecoder()
    #expect(decoder.keys(in: typed.utf8) == expected)
    // The same in pieces of one byte.
    var other = KeyDecoder()
    #expect(typed.utf8.flatMap { other.keys(in: [$0]) } == expected)
  }

  private func lines(_ texts: String...) -> [TextBuffer] {
    texts.map { TextBuffer(Array($0.utf8)) }
  }

  private func text(_ buffer: TextBuffer) -> String {
    String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test("only lines that changed are written")
  func updates() {
    var writer = ScreenWriter()
    #expect(
      text(writer.update(to: lines("a", "b", "")))
        == "\u{1b}[H\u{1b}[2J\u{1b}[1;1H\u{1b}[Ka\u{1b}[2;1H\u{1b}[Kb")
    #expect(writer.update(to: lines("a", "b", "")).count == 0)
    #expect(
      text(writer.update(to: lines("a", "", "c")))
        == "\u{1b}[2;1H\u{1b}[K\u{1b}[3;1H\u{1b}[Kc")
    #expect(
      text(writer.update(to: lines("a", "")))
        == "\u{1b}[H\u{1b}[2J\u{1b}[1;1H\u{1b}[Ka")
    writer.forget()
    #expect(
      text(writer.update(to: lines("a", "")))
        == "\u{1b}[H\u{1b}[2J\u{1b}[1;1H\u{1b}[Ka")
  }
}
