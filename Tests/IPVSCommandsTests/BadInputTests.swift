// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSCommands

/// Whole runs on huge and random input: one error with its details, and a known exit status.
@Suite struct BadInputTests {
  private let program = ProgramTests()

  private func run(_ line: String, input: [UInt8] = []) throws -> ProgramTests.Outcome {
    try program.run(
      line, input: input, transport: ScriptedTransport([.datagram([ProgramTests.info])]))
  }

  @Test(
    "ten thousand words",
    arguments: [
      ("-L", "-n", Int32(2), "multiple 'numeric' options specified"),
      ("-L", "foo", 2, "unexpected argument foo"),
      ("-n", "-n", 255, "Try `ipvsadm -h' or 'ipvsadm --help' for more information."),
      ("-A -t 10.0.0.1:80", "-Q", 255, "-Q: unknown option"),
    ])
  func manyWords(first: String, word: String, status: Int32, headline: String) throws {
    let words = Array(repeating: word, count: 10_000).joined(separator: " ")
    let outcome = try run("ipvsadm \(first) \(words)")
    #expect(outcome.status == status)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("\(headline)\n  cause: "))
  }

  @Test("a word of a megabyte is reported in one line, and quoted in part")
  func longWord() throws {
    let outcome = try run("ipvsadm -A -t \(String(repeating: "x", count: 1 << 20)):80 -Q")
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("illegal virtual server address[:port] specified\n  cause: "))
    #expect(outcome.errors.utf8.count < 1000)
  }

  @Test("noise in place of rules ends with an error that names its line")
  func noise() throws {
    var random = Seed(for: "noise in place of rules")
    for _ in 0..<20 {
      let outcome = try run("ipvsadm -R", input: random.bytes(5000))
      #expect(outcome.status == 2 || outcome.status == 255)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("\n  line "))
    }
  }
}
