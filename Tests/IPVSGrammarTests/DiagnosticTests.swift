// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import Testing

@testable import IPVSCommands

/// Whole messages: the first line is that of ipvsadm 1.31, what follows is our own.
@Suite struct DiagnosticTests {
  @Test("what is said about words and options", arguments: wordDiagnostics + optionDiagnostics)
  func words(_ row: (line: String, message: String)) {
    #expect(diagnostic(about: IPVSGrammarTests.words(row.line)) == row.message + "\n")
  }

  @Test("what is said about values", arguments: valueDiagnostics + addressDiagnostics)
  func values(_ row: (line: String, message: String)) {
    #expect(diagnostic(about: IPVSGrammarTests.words(row.line)) == row.message + "\n")
  }

  @Test("a line of restore input is named by its number and text")
  func restore() throws {
    let line = try #require(restoreLines("# rules\n-A -t 211.xx.163.xx:80\t-s rr\n").first)
    #expect(
      message(about: line) == """
        illegal virtual server address[:port] specified
          line 2: -A -t 211.xx.163.xx:80\\x09-s rr
          cause: in `211.xx.163.xx:80' `xx' is no number, and no host has that name
          remedy: write the numbers of the real address in place of the letters

        """)
    let nested = try #require(restoreLines("-R").first)
    #expect(
      message(about: nested) == """
        Try `ipvsadm -h' or 'ipvsadm --help' for more information.
          line 1: -R
          cause: `-R' is itself read from restore input
          remedy: leave the line out

        """)
  }

  private func message(about line: RestoreLine) -> String {
    do throws(GrammarError) {
      return "accepted: \(try CommandParser.parse(line, names: TableOfNames()))"
    } catch {
      return text(of: error, in: line.words, "ipvsadm", line: line).description
    }
  }

  @Test("strange bytes are whole in the first line, and printable and short behind it")
  func strangeBytes() {
    let word = ByteString([0x2d, 0x2d, 0x1b, 0x0a] + [UInt8](repeating: 0xff, count: 100))
    let message = error(in: ["ipvsadm", "-L", word]).bytes
    #expect(message.starts(with: word.bytes + ": unknown option\n".utf8))
    let shown = "\\x1b\\x0a".utf8 + [UInt8](repeating: 0xff, count: 56)
    let quoted = "  cause: there is no option `--".utf8 + shown + "...'\n".utf8
    #expect(message.dropFirst(word.count + 17).starts(with: quoted))
  }

  private func error(in words: [ByteString]) -> ByteString {
    do throws(GrammarError) {
      _ = try CommandParser.parse(words, names: TableOfNames())
      return ""
    } catch {
      return text(of: error, in: Words(words.dropFirst()), "ipvsadm")
    }
  }
}
