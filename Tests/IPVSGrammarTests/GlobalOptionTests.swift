// SPDX-License-Identifier: Apache-2.0

import IPVSText
import TestSupport
import Testing

@testable import IPVSCommands
@testable import IPVSGrammar

/// Options that every command takes, anywhere on a command line.
@Suite struct GlobalOptionTests {
  /// The rows of global options, with what each is typed as in a test.
  private var typed: [(option: GlobalOption, word: String, value: ByteString)] {
    OptionTable.rows.compactMap { row in
      guard case .global(let option) = row.meaning else { return nil }
      let value = option == .color ? "always" : "/run/x"
      return row.value == .none
        ? (option, "--\(row.long)", "") : (option, "--\(row.long)=\(value)", ByteString(value))
    }
  }

  private func options(_ option: GlobalOption, _ value: ByteString) -> GlobalOptions {
    var options = GlobalOptions()
    options.set(option, to: value)
    return options
  }

  @Test("each has one row, which names no commands, and changes the options")
  func rows() {
    #expect(typed.map(\.option).sorted { $0.rawValue < $1.rawValue } == GlobalOption.allCases)
    for row in OptionTable.rows {
      guard case .global(let option) = row.meaning else { continue }
      #expect(row.required.union(row.optional).union(row.exclusive) == [], "\(row.long)")
      #expect(options(option, "x") != GlobalOptions(), "\(row.long)")
    }
  }

  @Test("they may be before the command, behind it, and at the end", arguments: commandLines)
  func anywhere(_ row: (line: String, name: CommandName)) throws {
    let parts = row.line.split(separator: " ", maxSplits: 1).map(String.init) + [""]
    for (option, word, value) in typed {
      let expected = Invocation(try command(row.line), options: options(option, value))
      for line in ["\(word) \(row.line)", "\(row.line) \(word)"] {
        #expect(try CommandParser.parse(words(line), names: TableOfNames()) == expected, "\(line)")
      }
      // The daemons' commands have a value behind them.
      guard row.name != .startDaemon, row.name != .stopDaemon else { continue }
      let line = "\(parts[0]) \(word) \(parts[1])"
      #expect(try CommandParser.parse(words(line), names: TableOfNames()) == expected, "\(line)")
    }
  }

  @Test("lines of restore input do not know them", arguments: ["%@ -L", "-L %@", "-L -n %@ -c"])
  func restore(_ form: String) throws {
    for (_, word, _) in typed {
      let text = form.split(separator: "%@", omittingEmptySubsequences: false).joined(
        separator: word)
      let line = try #require(restoreLines(text).first)
      let position = text.split(separator: " ").firstIndex { $0 == word } ?? 0
      let typed = Word(ByteString(word), at: position + 1)
      let fault: WordFault =
        position == 0 ? .unknownCommand(typed) : .unknownOption(typed, letter: nil)
      do throws(GrammarError) {
        _ = try CommandParser.parse(line, names: TableOfNames())
        Issue.record("accepted: \(text)")
      } catch {
        #expect(error == .words(fault))
        let message = IPVSGrammarTests.text(of: error, in: line.words, "ipvsadm", line: line)
          .description
        #expect(message.hasSuffix("\n  remedy: write it on the command line, beside -R\n"))
      }
    }
  }

  @Test("the last one counts, those of the line come before the given ones, and a fault keeps them")
  func values() throws {
    func parse(_ line: String, _ options: inout GlobalOptions) throws {
      _ = try CommandParser.parse(
        Words(words(line).dropFirst()), names: TableOfNames(), options: &options)
    }
    var options = GlobalOptions(engine: "/run/given")
    try parse("-L", &options)
    #expect(options.engine == "/run/given")
    try parse("--engine /run/a -L --engine /run/b", &options)
    #expect(options.engine == "/run/b")
    #expect(throws: GrammarError.self) { try parse("--engine /run/c -L -Q", &options) }
    #expect(options.engine == "/run/c")
    try parse("", &options)
    #expect(options.engine == "/run/c")
  }
}
