// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSRules
import IPVSText
import TestSupport
import Testing

/// The faults of rule files, and the rules of those without.
@Suite struct RuleFileTests {
  private func file(_ text: String) -> RuleFile {
    RuleFile(Array(text.utf8), names: TableOfNames())
  }

  /// `LINE:COLUMN` of each fault.
  private func places(_ text: String) -> [String] {
    file(text).faults.map { "\($0.line):\($0.column)" }
  }

  @Test("a file as --save prints it is the rules that it was printed of")
  func rules() {
    let text = """
      # a comment
      --set 900 120 300
      ipvsadm -A -t 10.0.0.1:80 -s wrr -p 60 -M 255.255.255.0

      -a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 3 -x 10 -y 5\r
      -A -f 7 -6 -s sh -b sh-port
      -a -f 7 -6 -r [fd00::2]:0 -g -w 0
      --start-daemon backup --mcast-interface eth1 --syncid 4
      """
    let file = file(text)
    #expect(file.faults == [] && !file.isFaulty)
    #expect(file.rules.services.count == 2)
    #expect(file.rules.services.flatMap(\.servers).map(\.weight.value) == [3, 0])
    #expect(file.rules.timeouts == Timeouts(tcp: 900, tcpFin: 120, udp: 300))
    #expect(file.rules.daemons?.map(\.role) == [.backup])
  }

  @Test("what a file does not name is not in its rules")
  func unnamed() {
    #expect(file("-A -t 10.0.0.1:80\n").rules.timeouts == nil)
    #expect(file("-A -t 10.0.0.1:80\n").rules.daemons == nil)
  }

  @Test("a fault prints its place and what is wrong")
  func descriptions() {
    let text = """
      \u{feff}-A -t 10.0.0.1:80
      -A -t 10.0.0.1:80
      -a -t 10.0.0.1:81 -r 10.1.0.2 -m
      -a -t 10.0.0.1:80 -r 10.1.0.2 -m -y 5
      -C
      -A -t 10.0.0.1:81 -s wlcc
      -A -t
      """
    #expect(
      file(text).faults.map(\.description) == [
        "1:1: the file begins with a byte order mark",
        "2:7: service TCP 10.0.0.1:80 is on line 1 already",
        "3:7: no line before this one adds service TCP 10.0.0.1:81; line 6 does",
        "4:37: the lower threshold, 5, has no upper one",
        "5:1: the command describes no rule",
        "6:22: Linux has no scheduler wlcc",
        "7:4: the line is no command",
      ])
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let places: [String]

    init(_ name: String, _ text: String, _ places: [String]) {
      testDescription = name
      self.text = text
      self.places = places
    }
  }

  private static let web = "-A -t 10.0.0.1:80 -s rr\n"

  static let rows: [Row] = [
    Row("an option", "  -A -t 10.0.0.1:80 --shceduler rr\n", ["1:21"]),
    Row("a value", "-A -t 10.0.0.1:80 -s rr -p 0\n", ["1:28"]),
    Row("a joined value", "-A -t10.0.0.1:80x\n", ["1:6"]),
    Row("a value behind an equals sign", "-A --tcp-service=10.0.0.1:80x\n", ["1:18"]),
    Row("characters, not bytes", "-A -t 10.0.0.1:80 -s é€ -p 0\n", ["1:28"]),
    Row(
      "a command that changes a table", "\(web)-E -t 10.0.0.1:80\n-D -t 10.0.0.1:80\n-C\n-Z\n-L\n",
      ["2:1", "3:1", "4:1", "5:1", "6:1"]),
    Row("a second service", "\(web)-A -t 10.0.0.1:80\n", ["2:7"]),
    Row(
      "a block twice is one fault",
      String(
        repeating: "\(web)-a -t 10.0.0.1:80 -r 10.1.0.2\n-a -t 10.0.0.1:80 -r 10.1.0.3\n", count: 2),
      ["4:7"]),
    Row(
      "a second server",
      "\(web)-a -t 10.0.0.1:80 -r 10.1.0.2 -m\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -w 5\n", ["3:22"]),
    Row(
      "second settings",
      "--set 1 2 3\n--set 1 2 3\n--start-daemon master\n--start-daemon master\n", ["2:1", "4:1"]),
    Row(
      "servers before their service",
      "-a -t 10.0.0.1:80 -r 10.1.0.2\n-a -t 10.0.0.1:80 -r 10.1.0.3\n\(web)", ["1:7"]),
    Row(
      "servers of a service whose line has a fault",
      "-A -t 10.0.0.1:80 -s rr -p 0\n-a -t 10.0.0.1:80 -r 10.1.0.2\n-a -t 10.0.0.1:80 -r 10.1.0.3\n",
      ["1:28"]),
    Row(
      "servers of a service that cannot be read",
      "-A -t 10.0.0.1:8o80\n-a -t 10.0.0.1:8o80 -r 10.1.0.2\n-a -t 10.0.0.1:80 -r 10.1.0.3\n",
      ["1:7"]),
    Row(
      "a service without its line",
      "\(web)-a -t 10.0.0.1:81 -r 10.1.0.2\n-a -t 10.0.0.1:81 -r 10.1.0.3\n",
      ["2:7"]),
    Row("thresholds", "\(web)-a -t 10.0.0.1:80 -r 10.1.0.2 -x 3 -y 4\n", ["2:39"]),
    Row("a server that is no machine", "\(web)-a -t 10.0.0.1:80 -r 224.0.0.1\n", ["2:22"]),
    Row("a scheduler that Linux does not have", "-A -t 10.0.0.1:80 -s wlcc\n", ["1:22"]),
    Row("not for restore input alone", "--apply rules\n--undo\n-R\n", ["1:1", "2:1", "3:1"]),
    Row("a file name", "\(web)-a -t 10.0.0.1:80 -r nowhere.example\n", ["2:22"]),
  ]

  @Test("each mistake is told once, where it is", arguments: rows)
  func faults(_ row: Row) {
    #expect(places(row.text) == row.places, "\(file(row.text).faults.map(\.kind))")
  }

  @Test("lines with the same fault for the same reason are counted")
  func followers() {
    let lines = (2...9).map { "-a -t 10.0.0.1:81 -r 10.1.0.\($0)\n" }.joined()
    #expect(file(lines).faults.map(\.followers) == [7])
  }

  @Test("a scheduler that a kernel may have is a warning")
  func warnings() {
    let file = file("-A -t 10.0.0.1:80 -s wlcc\n-A -t 10.0.0.1:81 -s rr --pe ftp\n")
    #expect(file.faults.map(\.severity) == [.warning, .warning])
    #expect(!file.isFaulty)
    #expect(file.rules.services.count == 2)
  }

  @Test("faults beyond the limit are counted")
  func limit() {
    let file = file(String(repeating: "foo\n", count: RuleFile.mostFaults + 5))
    #expect(file.faults.count == RuleFile.mostFaults)
    #expect(file.faultsLeftOut == 5)
  }

  @Test("of mistakes planted in a good file, each is told and no other")
  func planted() {
    var random = Seed(for: "RuleFile.planted")
    let mistakes: [(String) -> String] = [
      { $0 + " -w 5x" }, { $0.replacing(" -r ", with: " -r 300.") }, { $0 + " --upper 5" },
      { $0.replacing("-a ", with: "-e ") }, { $0 + " -x 5 -y 6" }, { "a" + $0 },
      { $0 + "\n" + $0 },
    ]
    for _ in 0..<Seed.cases(usually: 100) {
      var lines: [String] = []
      for service in 1...20 {
        lines.append("-A -t 10.0.0.\(service):80 -s rr")
        for server in 1...9 { lines.append("-a -t 10.0.0.\(service):80 -r 10.1.0.\(server) -m") }
      }
      let servers = lines.indices.filter { lines[$0].hasPrefix("-a") }.shuffled(using: &random)
      for index in servers.prefix(5) {
        lines[index] = (mistakes.randomElement(using: &random) ?? { $0 })(lines[index])
      }
      let faults = file(lines.joined(separator: "\n")).faults
      #expect(faults.count == 5, "seed \(random.seed): \(faults.map(\.kind))")
    }
  }
}
