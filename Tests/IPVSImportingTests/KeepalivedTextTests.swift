// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import Testing

@testable import IPVSImporting

/// The text of keepalived.conf before its blocks: macros, conditions, includes, comments, and words.
@Suite struct KeepalivedTextTests {
  private func words(
    _ text: String, files: [String: String] = [:], change: (inout ImportSettings) -> Void = { _ in }
  ) -> [[String]] {
    var settings = ImportSettings(
      file: "conf", configID: "east", folder: "/etc/keepalived", names: FewNames(),
      files: MemoryFiles(files: files))
    change(&settings)
    var lines = KeepalivedText(Array(text.utf8), settings)
    var result = Import([], as: .keepalived, settings)
    var found: [[String]] = []
    while let line = try? lines.next(&result) {
      for token in LineTokens(line.bytes) {
        switch token {
        case .words(let words): found.append(words.map(\.description))
        case .opening: found.append(["{"])
        case .closing: found.append(["}"])
        }
      }
    }
    return found
  }

  static let lines: [(String, [[String]])] = [
    ("a b\tc", [["a", "b", "c"]]), ("  a  \r\n\r\n b\r\n", [["a"], ["b"]]),
    ("a#b", [["a"]]), ("a !b", [["a"]]), ("a \\#b", [["a", "#b"]]), ("# a\n! b", []),
    ("a \"b # c\" d", [["a", "b # c", "d"]]), ("a 'b c'", [["a", "b c"]]),
    ("a \"\\x41\\101\\n\\cA\\q\"", [["a", "AA\n\u{1}q"]]), ("a \"b", [["a", "b"]]),
    ("a{b}c", [["a"], ["{"], ["b"], ["}"], ["c"]]), ("a\"b\"", [["a", "b"]]),
    ("a \"{\"", [["a", "{"]]), ("\u{0}\u{1}", [["\u{0}\u{1}"]]),
    // Conditions
    ("@east a", [["a"]]), ("@west a", []), ("@^west a", [["a"]]), ("@^east a", []), ("@east", []),
    ("@east }", [["}"]]), ("@west $A=1\n@east $A=2\n$A", [["2"]]),
    // Macros
    ("$A=1\n$A ${A}2 $A,3 ($A) $B ${B}", [["1", "12", "1,3", "(1)", "$B", "${B}"]]),
    ("$A=1\n$A2 x$A", [["$A2", "x1"]]), ("$A = 1", [["$A", "=", "1"]]), ("$A=\n[${A}]", [["[]"]]),
    ("$A=  x\n$A.", [["$A."]]), ("$A=${B}\n$B=2\n$A", [["2"]]), ("$A=1\n$A=2\n$A", [["2"]]),
    ("$M= \\\n a \\\n\n b", [["b"]]), ("$M= \\\n a \\\n # c\n b\n$M", [["a"], ["b"]]),
    (
      "$M= \\\n a ${N} \\\n @west b \\\n c\n$N=1\n$M\n$N=2\nx $M",
      [
        ["a", "1"], ["c"], ["x", "a", "2"], ["c"],
      ]
    ),
    ("$I= \\\n i \\\n j\n$O= \\\n a \\\n $I \\\n b\n$O", [["a"], ["i"], ["j"], ["b"]]),
    ("$M= \\\n a \\\n b\n$M c", [["$M", "c"]]),
    ("${_PWD} ${_INSTANCE}", [["/etc/keepalived", "east"]]),
    // Sequences and lists
    ("~SEQ(N, 3) $N", [["1"], ["2"], ["3"]]), ("~SEQ(N, 9, 10) $N", [["9"], ["10"]]),
    ("~SEQ(N, 5, -2, 1) $N", [["5"], ["3"], ["1"]]), ("~SEQ ( N , 2 ) a${N}", [["a1"], ["a2"]]),
    ("~SEQx(N, 9, 11) $N", [["9"], ["a"], ["b"]]), ("~SEQ(N, 0x10, 0x10) $N", [["16"]]),
    ("~SEQ(N, -2) $N", [["-1"], ["-2"]]), ("$E=2\n~SEQ(N, $E) $N", [["1"], ["2"]]),
    ("~SEQ(N, 1, 0, 3) $N", []), ("~SEQ(N, 1, -1, 3) $N", []), ("~SEQx(N, -1) $N", []),
    ("~SEQ(N) $N", []), ("~SEQ(N, x) $N", []), ("~SEQ N", []),
    ("~LST(N, a, b) $N", [["a"], ["b"]]), ("~LST(N) $N", []), ("~LST(N, {a, b}) $N", []),
    ("~LST({N, K}, {a, 1}, {b}) x${N}-${K}", [["xa-1"], ["xb-"]]),
    ("$M= \\\n a$N \\\n b\n~SEQ(N, 2) $M", [["a1"], ["b"], ["a2"], ["b"]]),
    ("$S=~SEQ(N, 2) $N\n$S", [["1"], ["2"]]),
  ]

  @Test("lines and their words", arguments: lines)
  func line(_ text: String, _ expected: [[String]]) {
    #expect(words(text) == expected)
  }

  private static let files = [
    "a": "in a\n", "d/b": "in b\ninclude c\n", "d/c": "in c", "e/1.conf": "one", "e/2.conf": "two",
    "e/.hidden.conf": "hidden", "e/2.txt": "three", "/abs": "absolute", "dir/": "",
  ]

  static let includes: [(String, [[String]])] = [
    ("include a\nlast", [["in", "a"], ["last"]]),
    ("include d/b\ninclude a", [["in", "b"], ["in", "c"], ["in", "a"]]),
    ("include e/*.conf", [["one"], ["two"]]), ("include e/[^1]*", [["two"], ["three"]]),
    ("include e/?.t?t", [["three"]]),
    ("include {a,e/{1,2}.conf}", [["in", "a"], ["one"], ["two"]]),
    ("include */1.conf", [["one"]]), ("includer a\nincludea /abs", [["in", "a"], ["absolute"]]),
    ("@east include a\n@west include d/b", [["in", "a"]]), ("$F=a\ninclude $F", [["in", "a"]]),
    ("include missing\nlast", [["last"]]), ("include dir\nlast", [["last"]]),
    ("include none*\nlast", [["last"]]), ("includes a", [["includes", "a"]]),
    ("include", [["include"]]),
  ]

  @Test("includes", arguments: includes)
  func include(_ text: String, _ expected: [[String]]) {
    #expect(words(text, files: Self.files) == expected)
  }

  @Test("what a file is refused for, and what it is not")
  func includeNotes() {
    #expect(Imported("include missing").notes == ["1 error"])
    #expect(Imported("include none*").notes == ["1 note"])
    #expect(Imported("includew none*").notes == ["1 error"])
    #expect(Imported("include dir", files: Self.files).notes == ["1 error"])
    // Standard input is in no folder.
    #expect(Imported("include a", files: Self.files, file: "-").notes == ["1 error"])
    #expect(Imported("include /abs", files: ["/abs": "# nothing"], file: "-").notes.isEmpty)
    #expect(Imported("x ${_RANDOM 1 6}").notes == ["1 error", "1 error"])
  }

  @Test(
    "what has no end is fatal, and makes no rules",
    arguments: [
      ("include conf", ["conf": ""]), ("include a", ["a": "include conf", "conf": ""]),
      ("include a", ["a": "include b", "b": "include ./a", "./a": "->a"]),
      ("$A=$A\n$A", [:]), ("$A= \\\n x \\\n $A\n$A", [:]),
      ("~SEQ(N, 1, 1000000000)", [:]),
      ("$S=~SEQ(N, 9) $S\n$S", [:]),
      ("virtual_server_group g {\n10.0.0.0/8 80\n}", [:]),
      ("virtual_server_group g {\nfd00::/64 80\n}", [:]),
      (
        "virtual_server_group g {\n10.0.0.0/16 80\n}\nvirtual_server_group h {\n10.0.0.1 80\n}", [:]
      ),
      ("include \(String(repeating: "{a,b}", count: 40))", [:]),
    ])
  func endless(_ text: String, _ files: [String: String]) {
    let service = "virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n}\n}\n"
    let imported = Imported(service + text, files: files)
    #expect(imported.result.severity == .fatal)
    #expect(imported.rules == "")
    #expect(imported.result.notes.contains { $0.severity == .fatal })
  }

  @Test("a hundred files may include each other, and no more")
  func chain() {
    func depth(_ count: Int) -> ImportNote.Severity {
      var files: [String: String] = [:]
      for index in 1..<count { files["f\(index)"] = "include f\(index + 1)" }
      files["f\(count)"] = "# the last"
      return Imported("include f1", files: files).result.severity
    }
    #expect(depth(99) < .error)
    #expect(depth(101) == .fatal)
  }

  @Test("macros that double thirty times are ended by the limit of text")
  func bomb() {
    var text = "$A0= \\\n x \\\n y\n"
    for index in 1...30 { text += "$A\(index)= \\\n $A\(index - 1) \\\n $A\(index - 1)\n" }
    #expect(Imported("\(text)$A30\n").result.severity == .fatal)
    #expect(Imported("\(text)$A8\n").result.severity == .error)
  }

  @Test("deep nests, and braces without end, are passed over")
  func nests() {
    let deep = String(repeating: "a {\n", count: 100_000)
    #expect(Imported(deep).result.severity == .error)
    #expect(Imported(deep + String(repeating: "}\n", count: 100_000)).result.severity == .error)
    #expect(Imported(String(repeating: "}", count: 1000)).result.severity == .error)
    #expect(Imported(String(repeating: "{", count: 1000)).result.severity == .error)
  }

  @Test("the place of a line is that in its file, and of a macro both places")
  func places() throws {
    let imported = Imported("$M= \\\n one \\\n two\n\n$M\ninclude a", files: ["a": "\n\nthree"])
    let places = imported.result.notes.filter { !$0.isRoutine }.compactMap(\.place)
    #expect(places.map(\.line) == [5, 5, 3])
    #expect(places.map(\.file) == ["conf", "conf", "a"])
    #expect(places.map { $0.macro?.line } == [1, 1, nil])
  }

  @Test("notes beyond the limit are counted, and the worst still decides")
  func manyNotes() {
    let imported = Imported(String(repeating: "nothing\n", count: 5000))
    #expect(imported.result.notes.count == Import.mostNotes)
    #expect(imported.result.notesLeftOut == 4000)
    #expect(imported.result.severity == .error)
  }
}
