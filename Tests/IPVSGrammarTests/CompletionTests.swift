// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSGrammar

/// What may come next on a line, whatever a table holds.
@Suite struct CompletionTests {
  private func completion(_ line: String) -> LineCompletion {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map {
      ByteString(String($0))
    }
    return LineCompletion(words, globals: GlobalOptions())
  }

  /// The long names of the commands and options that are offered; nil where a value or a file is.
  private func offered(_ line: String) -> Set<String>? {
    guard case .options(let rows) = completion(line).expected else { return nil }
    return Set(rows.map { "\($0.long)" })
  }

  private let everywhere: Set<String> = ["netns", "json", "engine", "color"]

  @Test("commands first, and no options but those that may be anywhere")
  func commands() {
    let commands = OptionTable.rows.filter { if case .command = $0.meaning { true } else { false } }
    let expected = Set(commands.map { "\($0.long)" }).union(everywhere)
    for line in ["", "-", "--a", "--json ", "--engine /run/e "] {
      #expect(offered(line) == expected, "\(line)")
    }
  }

  @Test(
    "what is offered is accepted, and what is not is refused",
    arguments: [
      "-A -t 10.0.0.1:80", "-E -f 5", "-D -u 10.0.0.1:53", "-a -t 10.0.0.1:80 -r 10.0.0.2",
      "-a -t 10.0.0.1:80 -r 10.0.0.2 -m", "-a -t 10.0.0.1:80 -r 10.0.0.2 -i",
      "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gre",
      "-a -t 10.0.0.1:80 -r 10.0.0.2 -i --tun-type gue --tun-port 1 --tun-csum", "-L", "-L -c",
      "-L -t 10.0.0.1:80", "-L --timeout", "-L --by-server", "-L -c --count-by state", "-L --stats",
      "-L -c -t 10.0.0.1:80 -s rr", "-S", "-R", "-Z", "-C", "--apply rules", "--undo",
      "--drain -r 10.0.0.2", "--undrain -r 10.0.0.2", "--start-daemon master",
      "--stop-daemon backup", "--import keepalived conf",
      "--set 1 2 3",
    ])
  func acceptance(_ line: String) throws {
    let offered = try #require(self.offered("\(line) "))
    for row in OptionTable.rows {
      guard row.meaning.option != nil else { continue }
      let value =
        switch (row.value, row.meaning) {
        case (.none, _): ""
        case (.number(let least, _), _), (.optionalNumber(let least, _), _): "=\(least)"
        case (_, .mark): "=5"
        case (_, .option(.countBy)): "=state"
        case (_, .option(.state)): "=close"
        case (_, .option(.tunnelKind)): "=ipip"
        case (_, .option(.netmask)): "=255.0.0.0"
        case (_, .option(.schedulerFlags)): "=flag-1"
        case (_, .option(.multicastGroup)): "=224.0.0.82"
        default: "=10.0.0.1"
        }
      do throws(GrammarError) {
        _ = try command("\(line) --\(row.long)\(value)")
        #expect(offered.contains("\(row.long)"), "\(row.long) is accepted")
      } catch {
        // gue needs a port as well, and a stream has no single packets: values may mend both.
        if case .options(.missingInTunnel) = error { continue }
        if case .values = error { continue }
        #expect(!offered.contains("\(row.long)"), "\(row.long): \(error)")
      }
    }
    #expect(offered.isSuperset(of: everywhere))
    #expect(offered.contains("ipv6") == line.contains("-f 5"))
  }

  @Test("a value where an option needs one, joined or apart, and files where a command reads them")
  func values() {
    for (line, long, prefix, typed) in [
      ("-A -t ", "tcp-service", "", ""), ("-A -t 10.", "tcp-service", "", "10."),
      ("-A --tcp-service=10.", "tcp-service", "--tcp-service=", "10."),
      ("-A -t10.", "tcp-service", "-t", "10."), ("--start-daemon m", "start-daemon", "", "m"),
      ("--completion ", "completion", "", ""), ("-At ", "tcp-service", "", ""),
      ("-L -c --state=", "state", "--state=", ""), ("--netns l", "netns", "", "l"),
      ("-a -t web:80 -r ", "real-server", "", ""),
    ] {
      let completion = completion(line)
      guard case .value(let row) = completion.expected else {
        Issue.record("no value: \(line)")
        continue
      }
      #expect("\(row.long)" == long, "\(line)")
      #expect(completion.prefix == ByteString(prefix) && completion.typed == ByteString(typed))
    }
    for line in ["--apply ", "--apply /et", "--check a b ", "--diff a ", "--apply --dry-run "] {
      guard case .file = completion(line).expected else {
        Issue.record("no file: \(line)")
        continue
      }
    }
    #expect(offered("--diff a b ") == everywhere)
    #expect(offered("--apply -") != nil)
  }

  @Test("the words before say what a value is about")
  func context() {
    let line = completion("--engine /run/e -a -t 10.0.0.1:80 -r ")
    #expect(line.service.map { "\($0)" } == "TCP 10.0.0.1:80")
    #expect(line.globals.engine == "/run/e")
    #expect(completion("-A -t 10.0.0.1:80 -s sh -b ").scheduler == "sh")
    #expect(completion("-A -t nonsense:x:y -u 10.0.0.1:53 -s ").service == nil)
  }

  @Test("no line is too strange")
  func strange() {
    for line in [
      "-Q ", "--foo ", "--", "-- ", "-= ", "--= ", "-L -t", "-t ", "-A -A -A ", "-h ", "-h -",
      "-pp ",
      "-A -p -", "-L --state=\u{0} ", "-a -R ", "--set a b c d ",
    ] {
      _ = completion(line)
    }
    _ = LineCompletion([], globals: GlobalOptions())
    #expect(offered("-h ") == [])
  }
}
