// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import TestSupport
import Testing

/// The lines that hold words, when the input comes in pieces of `size` bytes.
func restoreLines(_ input: some Sequence<UInt8>, piecesOf size: Int = 4096) -> [RestoreLine] {
  var reader = RestoreReader()
  var lines: [RestoreLine] = []
  let bytes = Array(input)
  for start in stride(from: 0, to: bytes.count, by: size) {
    reader.feed(bytes[start..<min(start + size, bytes.count)])
    while let line = reader.next() { lines.append(line) }
  }
  reader.finish()
  while let line = reader.next() { lines.append(line) }
  return lines
}

func restoreLines(_ input: String, piecesOf size: Int = 4096) -> [RestoreLine] {
  restoreLines(input.utf8, piecesOf: size)
}

@Suite struct RestoreReaderTests {
  /// Number and words of each line.
  private func outline(_ lines: [RestoreLine]) -> [String] {
    lines.map { line in
      let words = (0..<line.words.count).map { line.words[$0].description }
      return "\(line.number) \(words.joined(separator: "|"))"
    }
  }

  static let rows: [(input: String, lines: [String])] = [
    ("-C\n-L -n\n", ["1 -C", "2 -L|-n"]),
    ("-C", ["1 -C"]),
    ("-C  ", ["1 -C"]),
    ("\n\n-C\n\n", ["3 -C"]),
    ("  -L \t -n\t\r\n", ["1 -L|-n"]),
    ("-L\r-n", ["1 -L|-n"]),
    ("-A\u{c}-t\u{b}x", ["1 -A\u{c}-t\u{b}x"]),
    ("ipvsadm -L ipvsadm -n ipvsadm\n", ["1 -L|-n"]),
    ("ipvsadm\n/sbin/ipvsadm -C\n", ["2 /sbin/ipvsadm|-C"]),
    ("# a comment\n  # another\n-C # and one more\n#-L\n", ["3 -C"]),
    ("-A -s a#b #c\n", ["1 -A|-s|a#b"]),
    ("-C\u{0}x -n\n\u{0}\n\u{0}#\n", ["1 -C|-n", "2 ", "3 "]),
    ("", []),
    ("\n", []),
    (" ", []),
  ]

  @Test("lines and words, whatever the pieces", arguments: rows)
  func reads(_ row: (input: String, lines: [String])) {
    for size in 1...7 {
      #expect(outline(restoreLines(row.input, piecesOf: size)) == row.lines)
    }
  }

  @Test("words of any length, wherever their ends fall")
  func wordsOfAnyLength() {
    var seed = Seed(for: "words of restore input")
    for _ in 0..<Seed.cases(usually: 300) {
      // All bytes that words may hold, beyond ASCII too; no comment.
      let words: [[UInt8]] = (1...20).map { _ in
        (1...Int.random(in: 1...40, using: &seed)).map { _ in
          .random(in: 0x24...0xff, using: &seed)
        }
      }
      let separators: [UInt8] = [0x20, 0x09, 0x0d]
      let line: [UInt8] = words.flatMap { $0 + [separators.randomElement(using: &seed) ?? 0x20] }
      let pieces = Int.random(in: 1...900, using: &seed)
      let input: [UInt8] = line + [0x0a] + line
      let lines = restoreLines(input, piecesOf: pieces)
      #expect(lines.map { line in line.words.copies.map { $0.bytes } } == [words, words])
    }
  }

  @Test("the text of a line is as it was written")
  func text() {
    let lines = restoreLines("\n  ipvsadm -C # all\t\n")
    #expect(lines.map(\.text) == ["  ipvsadm -C # all\t"])
  }

  // Were the line searched anew with each piece, this would take hours.
  @Test("a line of a megabyte in small pieces, and one word of it")
  func megabyte() throws {
    let word = String(repeating: "x", count: 1 << 20)
    let line = try #require(restoreLines("-A -t \(word)\n-C\n", piecesOf: 64).first)
    #expect(line.words.count == 3)
    #expect(line.words[2].count == 1 << 20)
    #expect(throws: GrammarError.self) { try CommandParser.parse(line, names: TableOfNames()) }
  }

  @Test("which faults end the program, and which only the line")
  func ends() throws {
    let rows: [(line: String, status: Int32, lasts: Bool)] = [
      ("-A --foo", 255, true), ("-A -t", 255, true), ("-L --numeric=1", 255, true),
      ("-Q", 255, false), ("-R", 255, false), ("x", 255, false), ("--start-daemon", 255, false),
      ("-A -t 10.0.0.1", 2, false), ("-A", 2, false), ("-L x", 2, false), ("-L -A", 2, false),
      ("-R -n", 2, false), ("-R x", 2, false), ("-A -f 0", 2, false),
    ]
    for row in rows {
      let line = try #require(restoreLines(row.line).first)
      do throws(GrammarError) {
        _ = try CommandParser.parse(line, names: TableOfNames())
        Issue.record("accepted: \(row.line)")
      } catch {
        #expect(error.exitStatus == row.status, "\(row.line)")
        #expect(error.lastsOneLine == row.lasts, "\(row.line)")
      }
    }
  }

  @Test("text about the program is asked for in a line as well")
  func help() throws {
    let line = try #require(restoreLines("-h -Q").first)
    #expect(try CommandParser.parse(line, names: TableOfNames()) == .help)
    let other = try #require(restoreLines("-v").first)
    #expect(try CommandParser.parse(other, names: TableOfNames()) == .version)
  }

  @Test("every recorded line of restore input that was carried out is accepted")
  func recorded() throws {
    var lines = 0
    for recording in try CommandRecordings.load().ordinaryCases {
      for step in recording.steps where step.exit == 0 && step.stderr.isEmpty {
        for line in restoreLines(step.stdin ?? "") {
          lines += 1
          #expect(throws: Never.self, "\(recording.name)") {
            try CommandParser.parse(line, names: TableOfNames())
          }
        }
      }
    }
    #expect(lines > 60)
  }
}
