// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSNames
import Testing

/// Which faults of a file of rules follow from another, and where lines without a command are marked.
@Suite struct RuleFileFollowerTests {
  private static let service = "-A -t 10.0.0.1:80 -s rr"
  private static let server = "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m"

  private func faults(_ lines: String...) -> [(line: Int, column: Int)] {
    var file = RuleFile(names: SystemNames())
    var reader = RestoreReader(Array(lines.joined(separator: "\n").utf8))
    while let line = reader.next() { file.take(line) }
    file.finish()
    return file.faults.map { ($0.line, $0.column) }
  }

  @Test(
    "the servers of a service whose line is wrong are not told",
    arguments: [
      "A -t 10.0.0.1:80 -s rr", "\u{2013}A -t 10.0.0.1:80 -s rr", "-t 10.0.0.1:80 -s rr",
      "--add-servise -t 10.0.0.1:80", "-A --shceduler rr -t 10.0.0.1:80", "-A -t 10.0.0.1:99999",
      "-A -t 10.0.0.1:80 -s rr -w 1", "ipvsadm A -t 10.0.0.1:80",
    ])
  func followers(line: String) {
    #expect(
      faults(line, Self.server, Self.server.replacing("1.0.1", with: "1.0.2")).map(\.line) == [1])
  }

  @Test("a wrong line of a server does not hide that its service is missing")
  func orphans() {
    let wrong = Self.server.replacing("-a", with: "a")
    #expect(faults(wrong, Self.server).map(\.line) == [1, 2])
    #expect(faults(Self.service, wrong, Self.server).map(\.line) == [2])
  }

  @Test(
    "a line without a command is marked at its first word",
    arguments: [
      ("-t 10.0.0.1:80 -s rr", 1), ("  ipvsadm -t 10.0.0.1:80", 11),
      ("\u{2014}A -t 10.0.0.1:80", 1),
      ("A -t 10.0.0.1:80", 1), ("-A -t 10.0.0.1:80 \u{2014}s rr", 19),
    ])
  func columns(line: String, column: Int) {
    #expect(faults(line).map(\.column) == [column])
  }
}
