// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSCommands
@testable import IPVSGrammar

/// Each row of `OptionTable` with each command, and what the table promises of its rows.
@Suite struct OptionTableTests {
  /// Two values of each option that takes text.
  private static let values: [OptionName: (String, String)] = [
    .scheduler: ("rr", "wrr"), .netmask: ("255.255.255.0", "255.255.0.0"),
    .persistenceEngine: ("sip", "other"), .schedulerFlags: ("flag-1", "flag-2"),
    .realServer: ("10.0.0.2", "10.0.0.3"), .tunnelKind: ("ipip", "gre"),
    .multicastInterface: ("eth1", "eth2"), .multicastGroup: ("224.0.0.82", "224.0.0.83"),
    .sortBy: ("weight", "conns"),
    .client: ("10.0.0.0/8", "10.0.0.0/9"), .state: ("established", "close"),
    .countBy: ("state", "client"),
    .output: ("a.prom", "b.prom"), .configID: ("east", "west"), .parameter: ("port=80", "port=81"),
    .rules: ("rules", "-"),
    .virtualAddress: ("10.0.0.1", "fd00::1"), .directorAddress: ("10.0.0.1", "fd00::1"),
    .serverTunnel: ("ipip", "gue"), .forRules: ("a.rules", "b.rules"),
  ]

  /// What an option needs beside it to mean something, where its command takes it.
  private static let company: [OptionName: String] = [
    .tunnelKind: "-i", .tunnelPort: "-i --tun-type gue",
    .tunnelNoChecksum: "-i --tun-type gue --tun-port 1",
    .tunnelChecksum: "-i --tun-type gue --tun-port 1",
    .tunnelRemoteChecksum: "-i --tun-type gue --tun-port 1", .sortBy: "--watch",
    .client: "-c", .state: "-c", .countBy: "-c",
    .virtualAddress: "--real-server", .serverPort: "--real-server", .serverTunnel: "--real-server",
    .directorAddress: "--real-server",
  ]

  private static let optionRows = OptionTable.rows.filter { $0.meaning.option != nil }

  /// Two values of a row's option, which mean different things; none where it takes no value.
  private func values(_ row: OptionRow) throws -> [String] {
    switch (row.value, row.meaning) {
    case (.none, _), (.joinedText, _): []
    case (.number(let least, let most), _), (.optionalNumber(let least, let most), _),
      (.joinedNumber(let least, let most), _):
      ["\(least)", "\(most)"]
    case (.text, .service): ["10.0.0.1:80", "10.0.0.2:80"]
    case (.text, .mark): ["1", "2"]
    case (.text, .option(let name)):
      [try #require(Self.values[name]).0, try #require(Self.values[name]).1]
    case (.text, _): [try #require(nil as String?)]
    }
  }

  /// A row's option with a value, where the command takes one with it.
  private func typed(_ row: OptionRow, with command: CommandName) throws -> String {
    let value = row.bare.contains(command) ? nil : try values(row).first
    return "--\(row.long)" + (value.map { "=\($0)" } ?? "")
  }

  /// A command with the options that it needs but for `absent`, and then `words`.
  private func line(_ command: CommandName, without absent: OptionName?, _ words: String) -> String
  {
    var parts = [command.shortest]
    if command == .startDaemon || command == .stopDaemon { parts.append("master") }
    if command == .completion { parts.append("bash") }
    if command == .importRules { parts.append("keepalived") }
    let required = OptionRules[command].required
    if required.contains(.serviceAddress), absent != .serviceAddress {
      // Datagrams, which all options of services go with.
      parts.append("-u 10.0.0.1:80")
    }
    if required.contains(.realServer), absent != .realServer { parts.append("-r 10.0.0.2") }
    if command == .setTimeouts { parts.append("1 2 3") }
    if command == .explain {
      parts.append("tcp 10.0.0.1:1 10.0.0.2:80")
    } else if command.files.upperBound > 0 {
      parts.append("rules")
    }
    return (parts + [words]).joined(separator: " ")
  }

  private func firstLine(_ line: String) -> String {
    String(diagnostic(about: words(line)).prefix { $0 != "\n" })
  }

  @Test("each option is accepted, refused, or required as its row says", arguments: optionRows)
  func commands(_ row: OptionRow) throws {
    let option = try #require(row.meaning.option)
    for command in CommandName.allCases where command != .help && command != .version {
      let typed = try typed(row, with: command)
      let bare = line(command, without: option, typed)
      let taken = row.required.union(row.optional).union(row.exclusive).union(row.selecting)
      if taken.contains(command) {
        let full = "\(bare) \(Self.company[option] ?? "")"
        #expect(throws: Never.self, "\(full)") { try IPVSGrammarTests.command(full) }
        #expect(option.commands.contains(command))
      } else {
        let text = "2 Illegal '\(option.word)' option with the '\(command.word)' command"
        #expect(firstLine(bare) == text, "\(bare)")
        #expect(!option.commands.contains(command))
      }
      guard row.required.contains(command) else { continue }
      let lacking = line(command, without: option, "")
      let text =
        "2 You need to supply the '\(option.word)' option for the '\(command.word)' command"
      #expect(firstLine(lacking) == text, "\(lacking)")
    }
  }

  @Test("of options that exclude each other, a command takes one")
  func exclusive() throws {
    for command in CommandName.allCases {
      let names = OptionName.allCases.filter { OptionRules[command].exclusive.contains($0) }
      let selecting = OptionRules[command].selecting
      for (index, later) in names.enumerated() {
        for earlier in names[..<index] {
          // A service selects connections.
          if selecting.contains(later), earlier == .connection { continue }
          let typed = try [later, earlier].map { name in
            let row = try #require(Self.optionRows.first { $0.meaning.option == name })
            return "--\(row.long)" + (try values(row).first.map { "=\($0)" } ?? "")
          }
          let line = line(command, without: nil, typed.joined(separator: " "))
          #expect(
            firstLine(line)
              == "2 The option '\(later.word)' conflicts with the '\(earlier.word)' option "
              + "in the '\(command.word)' command")
        }
      }
    }
  }

  @Test("an option may be there once, but for those that select", arguments: optionRows)
  func once(_ row: OptionRow) throws {
    let option = try #require(row.meaning.option)
    for command in option.commands {
      let once = try typed(row, with: command)
      let twice = "\(once) \(once)"
      let line = line(command, without: option, "\(Self.company[option] ?? "") \(twice)")
      if row.selecting.contains(command) {
        #expect(throws: Never.self, "\(line)") { try IPVSGrammarTests.command(line) }
      } else {
        #expect(firstLine(line) == "2 multiple '\(option.word)' options specified", "\(line)")
      }
    }
  }

  @Test("letter and long name mean the same, and no value is lost", arguments: optionRows)
  func values(of row: OptionRow) throws {
    let option = try #require(row.meaning.option)
    let company = Self.company[option] ?? ""
    let first = try #require(option.commands.first)
    func read(_ words: String, _ name: CommandName? = nil) throws -> Command {
      try command(line(name ?? first, without: option, "\(company) \(words)"))
    }
    let long = "--\(row.long)"
    let values = try values(row)
    if values.isEmpty {
      for letter in row.letters { #expect(try read(long) == read("-\(letter)")) }
      return
    }
    // Of the commands that take `--syncid`, `--list` does nothing with it.
    #expect(
      try option.commands.filter { !row.bare.contains($0) }.contains { name in
        try read("\(long)=\(values[0])", name) != read("\(long)=\(values[1])", name)
      })
    for value in values {
      guard !row.takesJoinedValueOnly else { continue }
      #expect(try read("\(long)=\(value)") == read("\(long) \(value)"))
      for letter in row.letters {
        #expect(try read("\(long)=\(value)") == read("-\(letter)\(value)"))
      }
    }
  }

  @Test("an option may be bare with a command, and have a value with others")
  func bare() throws {
    let server = RealServerRequest()
    guard case .doctor(let request) = try command("--doctor --real-server --quick") else {
      Issue.record("no --doctor")
      return
    }
    #expect(request.realServer == server)
    #expect(request.isQuick)
    #expect(try command("--doctor -rj") == command("--doctor --real-server"))
    #expect(firstLine("--doctor --real-server=10.0.0.2").hasPrefix("255 "))
    #expect(firstLine("--doctor -r10.0.0.2").hasPrefix("255 "))
  }

  @Test("numbers end where their row says", arguments: optionRows)
  func numbers(_ row: OptionRow) throws {
    let option = try #require(row.meaning.option)
    let name = try #require(option.commands.first)
    guard let range = option.range else { return }
    for number in [range.lowerBound - 1, range.upperBound + 1] {
      let word = "--\(row.long)=\(number)"
      let line = line(name, without: option, word)
      do throws(GrammarError) {
        _ = try command(line)
        Issue.record("accepted: \(line)")
      } catch {
        let position = words(line).firstIndex(of: ByteString(word)) ?? 0
        let value = Word(ByteString("\(number)"), at: position)
        let faults: [ValueFault] = [
          .number(option, value, .outOfRange), .timeout(value, .outOfRange, range),
          .interval(value, .outOfRange),
        ]
        #expect(faults.map(GrammarError.values).contains(error), "\(line): \(error)")
      }
    }
  }

  @Test("each command and option has its rows, which agree with each other")
  func complete() {
    for command in CommandName.allCases {
      let rows = OptionTable.rows.filter {
        if case .command(command) = $0.meaning { true } else { false }
      }
      #expect(rows.count == 1, "\(command)")
      #expect(command.typed.contains("--\(rows[0].long)"), "\(command)")
    }
    for option in OptionName.allCases {
      let rows = Self.optionRows.filter { $0.meaning.option == option }
      #expect(!rows.isEmpty, "\(option)")
      #expect(!option.commands.isEmpty, "\(option)")
      for row in rows {
        #expect(row.required == rows[0].required, "\(row.long)")
        #expect(row.optional == rows[0].optional, "\(row.long)")
        #expect(row.exclusive == rows[0].exclusive, "\(row.long)")
        #expect(row.selecting == rows[0].selecting, "\(row.long)")
      }
    }
    let names = OptionTable.rows.map { "\($0.long)" }
    let letters = OptionTable.rows.flatMap(\.letters)
    #expect(Set(names).count == names.count)
    #expect(Set(letters).count == letters.count)
    let sections = OptionTable.rows.map(\.section.rawValue)
    #expect(sections == sections.sorted())
  }

  @Test("there is room for every command, option, and row")
  func room() {
    #expect(CommandName.allCases.count <= CommandSet.capacity)
    #expect(OptionName.allCases.count <= OptionNames.capacity)
    #expect(PerOption<UInt8>(repeating: 0).count == OptionNames.capacity)
    #expect(OptionTable.rows.count < Int(UInt8.max))
  }
}

extension OptionRow {
  /// Whether the next word is never the value.
  fileprivate var takesJoinedValueOnly: Bool {
    if case .joinedNumber = value { true } else { false }
  }
}
