// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import TestSupport
import Testing

@testable import IPVSCommands

/// Every recorded command line and line of restore input, as far as words decide.
@Suite struct RecordedLinesTests {
  /// Lines that are read otherwise than ipvsadm 1.31 reads them, and what comes out.
  static let mended: [String: (reason: String, firstLine: String?)] = [
    "-A -t [fd00::1] -s rr": (
      "an address in brackets needs no port",
      "Zero port specified for non-persistent service"
    ),
    "-A -t [10.0.0.1]:80 -s rr": ("a host in brackets keeps its port", nil),
    "-A -t six.example.test:80 -s rr": ("hosts with only IPv6 addresses are found", nil),
    "-A -t 10.0.0.1 junk:80 -s rr": (
      "text behind a blank is refused", "illegal virtual server address[:port] specified"
    ),
    "-A -t 10.0.0.1:80 -s sh -b ,": (
      "ipvsadm 1.31 crashes here", "invalid scheduler flag `,'"
    ),
    "-a -t 10.0.0.1:80 -R 10.0.0.2:80 -m -w 2": ("-R is the real server", nil),
    "-d -t 10.0.0.1:80 -R 10.0.0.2:80": ("-R is the real server", nil),
    "-a -t 10.0.0.1:80 -mR 10.0.0.2:80": ("-R is the real server", nil),
    "-L -s rr": ("-s selects services", nil),
    "-L -c -t 10.0.0.1:80": ("a service selects connections", nil),
    "-L -f 1 -c": ("a service selects connections", nil),
  ]

  /// The status and first line of standard error for one line; nil: the words are good.
  private func outcome(of arguments: [String]) -> (status: Int32, firstLine: String)? {
    let words = arguments.map { ByteString($0) }
    do throws(GrammarError) {
      _ = try CommandParser.parse(words, names: TableOfNames())
      return nil
    } catch {
      let message = text(of: error, in: Words(words.dropFirst()), words[0])
      return (error.exitStatus, String(message.description.prefix { $0 != "\n" }))
    }
  }

  @Test("recorded command lines are accepted and refused alike")
  func commandLines() throws {
    var compared = 0
    var unused = Set(Self.mended.keys)
    for recording in try CommandRecordings.load().ordinaryCases {
      for step in recording.steps where step.argv[0].hasSuffix("ipvsadm") {
        let line = step.argv.dropFirst().joined(separator: " ")
        let outcome = outcome(of: step.argv)
        compared += 1
        if let mend = Self.mended[line] {
          unused.remove(line)
          #expect(outcome?.firstLine == mend.firstLine, "\(recording.name): \(mend.reason)")
          #expect(
            outcome?.firstLine != step.firstError || outcome?.status != step.exit,
            "\(recording.name): reads as recorded, needs no exception")
        } else if let outcome {
          #expect(outcome.status == step.exit, "\(recording.name): \(line)")
          #expect(outcome.firstLine == step.firstError, "\(recording.name): \(line)")
        } else {
          let isOfRestoreInput = !(step.stdin ?? "").isEmpty
          #expect(
            step.exit != 2 || isOfRestoreInput, "\(recording.name): \(line): \(step.firstError)")
          #expect(
            !step.firstError.hasSuffix("option") && !step.firstError.hasSuffix("argument")
              || isOfRestoreInput, "\(recording.name): \(line): \(step.firstError)")
        }
      }
    }
    #expect(compared > 700)
    #expect(unused.isEmpty)
  }
}
