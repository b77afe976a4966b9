// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSText

extension WordFault {
  /// The first line, from ipvsadm.c and popt.
  func headline(programName: ByteString) -> MessageText {
    switch self {
    case .noCommand, .optionBeforeCommand, .unknownCommand, .incompleteCommand, .overfullCommand,
      .noRestoreLine:
      "Try `\(programName) -h' or '\(programName) --help' for more information."
    case .unknownOption(let word, _): "\(word.text): unknown option"
    case .missingArgument(let word, _): "\(word.text): missing argument"
    case .unwantedArgument(let word): "\(word.text): option does not take an argument"
    case .secondCommand(let word, _, _): "invalid option `\(word.text)'"
    case .repeatedOption(let option, _): "multiple '\(option.word)' options specified"
    case .leftover(let word): "unexpected argument \(word.text)"
    case .missingFile(let command): "--\(command.word): missing file name"
    case .missingPacket(0): "--explain: missing packet"
    case .missingPacket: "--explain: missing address"
    }
  }

  func explanation(in line: TypedLine) -> Explanation {
    switch self {
    case .noCommand(nil): Explanation("there is no command", Self.commandRule)
    case .noCommand(let word?): Self.noDash(word.text)
    case .optionBeforeCommand: Self.optionFirst(in: line)
    case .unknownCommand(let word) where word.text == "-4": Self.ipv4
    case .unknownCommand(let word): Self.unknown("command", word.text)
    case .incompleteCommand(let word): Self.incomplete(word.text)
    case .overfullCommand(let word):
      Explanation(
        "\(quoting: word.text) begins with an option that takes no value", "leave out the `='")
    case .noRestoreLine(let word): Self.noRestoreLine(word.text)
    case .missingFile(let command):
      Explanation(
        "\(command.typed) reads a file\(command == .importRules ? "" : " of rules"), and the line names none",
        "write its name at the end of the line, or - for standard input")
    case .missingPacket(let count):
      Explanation(
        [
          "the line names no packet", "the packet has neither client nor destination",
          "the packet has no destination",
        ][min(max(count, 0), 2)],
        "write the protocol, CLIENT[:PORT], and ADDRESS:PORT, as in tcp 198.51.100.10 203.0.113.1:80"
      )
    case .unknownOption(let word, nil): Self.unknown("option", word.text)
    case .unknownOption(let word, let letter?): Self.unknown(letter, of: word.text, in: line)
    case .missingArgument(let word, let option): Self.missing(word.text, option, in: line)
    case .unwantedArgument(let word):
      Explanation(
        "\(quoting: word.text) is an option that takes no value", "leave out the `=' and the value")
    case .secondCommand(let word, let second, let first):
      Self.second(second, after: first, word, in: line)
    case .repeatedOption(let option, let word): Self.repeated(option, word.text)
    case .leftover(let word): Leftover(word: word.text, line: line).explanation
    }
  }

  private static let commandRule: MessageText =
    "write a command first, such as -A, -a, -L, or -S, and the options after it"
}

// The command.
extension WordFault {
  /// Words for commands that other programs have, and what is meant here.
  private static let otherNames: [(word: ByteString, meant: MessageText)] = [
    ("add", "-A (a service) or -a (a real server)"),
    ("edit", "-E (a service) or -e (a real server)"),
    ("change", "-E (a service) or -e (a real server)"),
    ("delete", "-D (a service) or -d (a real server)"),
    ("del", "-D (a service) or -d (a real server)"),
    ("remove", "-D (a service) or -d (a real server)"),
    ("show", "-L (--list)"), ("ls", "-L (--list)"), ("status", "-L (--list)"),
    ("flush", "-C (--clear)"),
  ]

  /// The line begins with a word that has no dash.
  private static func noDash(_ word: ByteString) -> Explanation {
    let cause: MessageText = "\(quoting: word) is not a command: commands begin with a dash"
    if let option = KnownOption.command(likeBare: word) {
      return Explanation(cause, "did you mean \(option.both)?")
    }
    if let other = otherNames.first(where: { $0.word == word }) {
      return Explanation(cause, "did you mean \(other.meant)?")
    }
    if word.isLikeAddress {
      return Explanation(
        cause, "write a command first, and the address after its option, as in -L -t \(word)")
    }
    return Explanation(cause, commandRule)
  }

  /// The line begins with an option, or with a word before it.
  private static func optionFirst(in line: TypedLine) -> Explanation {
    if let word = line.firstWord, word.bytes.first != UInt8(ascii: "-") { return noDash(word) }
    guard let option = line.first else { return Explanation("there is no command", commandRule) }
    if let command = line.command {
      return Explanation(
        "the line begins with the option \(option.both); the command \(command.both) comes after it",
        "write \(command.shortest) first")
    }
    return Explanation(
      "the line begins with the option \(option.both) instead of a command",
      "did you forget \(missingCommand(of: option, in: line))?")
  }

  /// The commands that take what the line names.
  private static func missingCommand(of option: KnownOption, in line: TypedLine) -> MessageText {
    if line.names(.realServer) {
      return "-a (add the real server), -e (edit it), or -d (delete it)"
    }
    if line.names(.serviceAddress) {
      return "-A (add the service), -E (edit it), -D (delete it), or -L (list it)"
    }
    guard case .option(let name) = option.meaning else { return "-A or -L" }
    let known = name.commands.map(\.shortest)
    let letters = known.filter { !$0.hasPrefix("--") }
    return "\((letters.isEmpty ? known : letters).listed(with: "or"))"
  }

  private static func noRestoreLine(_ word: ByteString) -> Explanation {
    word == "-R" || word == "--restore"
      ? Explanation("\(quoting: word) is itself read from restore input", "leave the line out")
      : Explanation(
        "\(quoting: word) belongs on a command line of its own, not in restore input",
        "type it without -R")
  }

  private static func incomplete(_ word: ByteString) -> Explanation {
    let name = ByteString(word.bytes.drop { $0 == UInt8(ascii: "-") })
    if let option = KnownOption.all.first(where: { $0.long == name }),
      case .command(let command) = option.meaning
    {
      let values: MessageText =
        switch command {
        case .completion: "bash, zsh, or fish"
        case .importRules: "keepalived, ldirectord, or ipvsctl, and the name of a file"
        default: "`master' or `backup'"
        }
      return Explanation("\(quoting: word) needs a value", "write \(values) after it")
    }
    return Explanation(
      "the line begins with the option \(quoting: word), which has no value, instead of a command",
      commandRule)
  }

  private static func unknown(_ kind: StaticString, _ word: ByteString) -> Explanation {
    if GlobalOption.isNamed(by: word) {
      return Explanation(
        "\(quoting: word) is about the whole run, not about one line of restore input",
        "write it on the command line, beside -R")
    }
    return Explanation(
      "there is no \(kind) \(quoting: word)",
      OptionName.suggestion(for: word).map { "did you mean \($0)?" }
        ?? "-h lists all commands and options")
  }

  private static func second(
    _ second: CommandName, after first: CommandName, _ word: Word, in line: TypedLine
  ) -> Explanation {
    if second == .restore {
      switch first {
      case .addServer, .editServer, .deleteServer:
        return Explanation(
          "-R names the real server here, and no address is after it", "write -R host[:port]")
      case .addService, .deleteService:
        return Explanation(
          "\(first.typed) is about a service alone; -R names a real server with -a, -e, and -d",
          "write a line for each, or call the program as ippfvsadm, which takes both in one")
      default: break
      }
    }
    let cause: MessageText =
      "the line has the command \(first.typed) already, and \(second.typed) is another"
    let typed = KnownOption.all.first { $0.meaning == .command(second) }
    if let twin = typed?.twin(in: first) {
      let value = line.words.dropFirst(word.position).first
      let meant: MessageText = twin.takesValue ? "\(value.map { " \($0)" } ?? "")" : ""
      return Explanation(cause, "did you mean \(twin.shortest)\(meant) (--\(twin.long))?")
    }
    return Explanation(cause, "write a line for each")
  }
}

// Options.
extension WordFault {
  private static let ipv4 = Explanation(
    "there is no option `-4': an address says by itself that it is of IPv4", "leave it out")

  private static func unknown(
    _ letter: UInt8, of word: ByteString, in line: TypedLine
  ) -> Explanation {
    let name = ByteString([UInt8(ascii: "-"), letter])
    if word == "-4" { return ipv4 }
    if isDigit(letter) {
      return Explanation(
        "\(quoting: word) is read as an option because it begins with `-'",
        "write a number that is not below 0")
    }
    let cause: MessageText =
      word.count > 2
      ? "there is no option \(quoting: name), which \(quoting: word) holds"
      : "there is no option \(quoting: name)"
    var command: CommandName?
    if case .command(let name)? = line.command?.meaning { command = name }
    if let command, let twin = KnownOption.twin(of: letter, in: command) {
      return Explanation(cause, "did you mean \(twin.both)? Capitals count")
    }
    return Explanation(
      cause, "-h lists all commands and options; long ones begin with two dashes")
  }

  private static func missing(
    _ word: ByteString, _ option: ByteString, in line: TypedLine
  ) -> Explanation {
    let cause: MessageText = "the line ends with \(quoting: word), and --\(option) takes a value"
    let known = KnownOption.all.first { $0.long == option }
    if case .command(let command)? = line.command?.meaning, let known,
      case .option(let name) = known.meaning, !name.commands.contains(command),
      let twin = known.twin(in: command)
    {
      return Explanation(cause, "did you mean \(twin.both)? Capitals count")
    }
    return Explanation(cause, "write the value after the option")
  }

  private static func repeated(_ option: OptionName, _ word: ByteString) -> Explanation {
    let cause: MessageText =
      "\(quoting: word) is one too many: a line takes \(option.typed) once"
    switch option {
    case .serviceAddress, .realServer: return Explanation(cause, "write a line for each")
    case .forwardingMethod:
      return Explanation(
        cause, "choose one: -m is masquerading, -g direct routing, -i a tunnel")
    default: return Explanation(cause, "leave one of them out")
    }
  }
}

extension TypedLine {
  /// The first word after the global options that the line begins with.
  fileprivate var firstWord: ByteString? {
    var index = 0
    for item in items.prefix(while: { $0.option.meaning == .global }) where index < words.count {
      guard words[index].hasPrefix("-") else { break }
      let isJoined = item.value == nil || words[index].bytes.contains(UInt8(ascii: "="))
      index += isJoined ? 1 : 2
    }
    return words.dropFirst(index).first
  }
}

extension KnownOption {
  /// The command that a word without dashes is or resembles.
  static func command(likeBare word: ByteString) -> KnownOption? {
    let commands = all.filter {
      if case .command = $0.meaning { true } else { false }
    }
    if word.count == 1 { return commands.first { $0.letter == word.bytes[0] } }
    let bare = word.lowercased
    if let exact = commands.first(where: { $0.long == bare }) { return exact }
    guard bare.count > 2 else { return nil }
    let starting = commands.filter { $0.long.bytes.starts(with: bare.bytes) }
    guard starting.count < 2 else { return nil }
    return starting.first
      ?? NearMiss.nearest(
        to: bare.description, among: commands, atMost: 1 + bare.count / 6, \.long.description
      ).first
  }
}

extension ByteString {
  /// The text with the capitals of ASCII made small.
  var lowercased: ByteString {
    ByteString(
      bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
  }

  /// Whether the word looks like an address, with or without a port.
  var isLikeAddress: Bool {
    let separators = bytes.count { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    guard separators > 0, let first = bytes.first, let last = bytes.last else { return false }
    let isNumeric = bytes.allSatisfy { isDigit($0) || Self.addressMarks.contains($0) }
    return separators > 1 && (isDigit(first) || first == UInt8(ascii: "[") || isNumeric)
      || bytes.contains(UInt8(ascii: ":")) && isDigit(last)
  }

  private static let addressMarks = Array("abcdefABCDEF.:[]".utf8)
}
