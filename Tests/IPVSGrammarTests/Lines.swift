// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSPrograms
import IPVSText
import Testing

@testable import IPVSCommands

/// Reads a line as a shell without quotes would hand it over.
func words(_ line: String) -> [ByteString] {
  ["ipvsadm"] + line.split(separator: " ").map { ByteString(String($0)) }
}

/// What a line asks for.
func command(
  _ line: String, names: TableOfNames = TableOfNames()
) throws(GrammarError) -> Command {
  try CommandParser.parse(words(line), names: names).command
}

/// The whole message about a line, with its exit status before it.
func diagnostic(about words: [ByteString]) -> String {
  do throws(GrammarError) {
    let invocation = try CommandParser.parse(words, names: TableOfNames())
    return "accepted: \(invocation)"
  } catch {
    return "\(error.exitStatus) \(text(of: error, in: Words(words.dropFirst()), words[0]))"
  }
}

/// The whole text that a user gets.
func text(
  of error: GrammarError, in words: Words, _ program: ByteString, line: RestoreLine? = nil
) -> ByteString {
  ByteString(error.diagnostic(of: words, programName: program, line: line).text.bytes)
}
