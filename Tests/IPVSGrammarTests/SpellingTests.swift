// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSRules
import IPVSText
import Testing

/// The spellings that popt allows (popt(3)).
@Suite struct SpellingTests {
  static let same: [(plain: String, other: String)] = [
    ("-A -t 10.0.0.1:80 -s rr", "--add-service --tcp-service=10.0.0.1:80 --scheduler=rr"),
    ("-A -t 10.0.0.1:80 -s rr", "-A -t10.0.0.1:80 -srr"),
    ("-A -t 10.0.0.1:80 -s rr", "-A -t=10.0.0.1:80 -s=rr"),
    ("-A -t 10.0.0.1:80 -s rr", "-At 10.0.0.1:80 -s rr"),
    ("-A -t 10.0.0.1:80 -s rr", "-A -s rr -t 10.0.0.1:80 --sort --sort"),
    ("-A -t 10.0.0.1:80 -s rr", "-A -t 10.0.0.1:80 -s rr --"),
    ("-A -t 10.0.0.1:80 -p 60", "-Ap 60 -t 10.0.0.1:80"),
    ("-A -t 10.0.0.1:80 -p 60", "-A -t 10.0.0.1:80 -p60"),
    ("-A -t 10.0.0.1:80 -p 60", "-A -t 10.0.0.1:80 -p=60"),
    ("-A -t 10.0.0.1:80 -p 60", "-A -t 10.0.0.1:80 --persistent=60"),
    ("-A -t 10.0.0.1:80 -p 60", "-A -t 10.0.0.1:80 -p +060"),
    ("-A -t 10.0.0.1:80 -p 360", "-A -t 10.0.0.1:80 -p"),
    ("-A -t 10.0.0.1:80 -p 360", "-A -p -t 10.0.0.1:80"),
    ("-a -t 10.0.0.1:80 -r 10.0.0.2 -m -w 3", "-at 10.0.0.1:80 -r 10.0.0.2 -mw 3"),
    ("-L", "-l"),
    ("-L", "--list"),
    ("-L -c -n", "-Lcn"),
    ("-L --exact", "-LX"),
    ("-A -t 10.0.0.1:80 -s -x", "-A -t 10.0.0.1:80 -s=-x"),
    ("-A -t 10.0.0.1:80 -s =rr", "-A -t 10.0.0.1:80 -s==rr"),
    ("-A -t 10.0.0.1:80 -s =rr", "-A -t 10.0.0.1:80 --scheduler==rr"),
  ]

  @Test("two spellings of one line", arguments: same)
  func spellings(_ row: (plain: String, other: String)) throws {
    #expect(try command(row.plain) == command(row.other))
  }

  @Test("no word but the program's name lists the table")
  func nothing() throws {
    #expect(try command("") == command("-L"))
    #expect(
      try CommandParser.parse([ByteString](), names: TableOfNames())
        == Invocation(.list(ListRequest(.table(.plain)))))
  }
}
