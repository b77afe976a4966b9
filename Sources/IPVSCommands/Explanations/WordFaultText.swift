internal import IPVSGrammar
internal import IPVSText

extension WordFault {
  /// The first line, from ipvsadm.c and popt.
  func headline(programName: ByteString) -> MessageText {
    switch self {
    case .noCommand, .optionBeforeCommand, .unknownCommand, .incompleteCommand, .overfullCommand,
      .nestedRestore:
      "Try `\(programName) -h' or '\(programName) --help' for more information."
    case .unknownOption(let word, _): "\(word.text): unknown option"
    case .missingArgument(let word, _): "\(word.text): missing argument"
    case .unwantedArgument(let word): "\(word.text): option does not take an argument"
    case .secondCommand(let word, _, _): "invalid option `\(word.text)'"
    case .repeatedOption(let option, _): "multiple '\(option.word)' options specified"
    case .leftover(let word): "unexpected argument \(word.text)"
    }
  }

  var explanation: Explanation {
    switch self {
    case .noCommand(nil): Explanation("there is no command", Self.commandRule)
    case .noCommand(let word?):
      Explanation("\(quoting: word.text) is not a command", Self.commandRule)
    case .optionBeforeCommand(let word):
      Explanation("\(quoting: word.text) does not begin with a command", Self.commandRule)
    case .unknownCommand(let word): Self.unknown("command", word.text)
    case .incompleteCommand(let word):
      Explanation(
        "\(quoting: word.text) needs a value", "write `master' or `backup' behind it")
    case .overfullCommand(let word):
      Explanation(
        "\(quoting: word.text) begins with an option that takes no value", "leave out the `='")
    case .nestedRestore(let word):
      Explanation("\(quoting: word.text) is itself read from restore input", "leave the line out")
    case .unknownOption(let word, nil): Self.unknown("option", word.text)
    case .unknownOption(let word, let letter?): Self.unknown(letter, in: word.text)
    case .missingArgument(let word, let option):
      Explanation(
        "the line ends with \(quoting: word.text), and --\(option) takes a value",
        "write the value behind the option")
    case .unwantedArgument(let word):
      Explanation(
        "\(quoting: word.text) is an option that takes no value", "leave out the `=' and the value")
    case .secondCommand(_, .restore, let first): Self.misplacedRestore(after: first)
    case .secondCommand(_, let second, let first):
      Explanation(
        "the line has the command \(first.typed) already, and \(second.typed) is another",
        "write a line for each")
    case .repeatedOption(let option, let word):
      Explanation(
        "\(quoting: word.text) is one too many: a line takes \(option.typed) once",
        "write a line for each")
    case .leftover(let word): Self.leftover(word.text)
    }
  }

  private static let commandRule: MessageText =
    "write a command first, such as -A, -a, -L, or -S, and the options behind it"

  private static func unknown(_ kind: StaticString, _ word: ByteString) -> Explanation {
    Explanation(
      "there is no \(kind) \(quoting: word)",
      OptionName.suggestion(for: word).map { "did you mean \($0)?" }
        ?? "-h lists all commands and options")
  }

  private static func unknown(_ letter: UInt8, in word: ByteString) -> Explanation {
    let name = ByteString([UInt8(ascii: "-"), letter])
    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter) {
      return Explanation(
        "\(quoting: word) is read as an option because it begins with `-'",
        "write a number that is not below 0")
    }
    let cause: MessageText =
      word.count > 2
      ? "there is no option \(quoting: name), which \(quoting: word) holds"
      : "there is no option \(quoting: name)"
    return Explanation(
      cause, "-h lists all commands and options; long ones begin with two dashes")
  }

  private static func misplacedRestore(after first: CommandName) -> Explanation {
    switch first {
    case .addServer, .editServer, .deleteServer:
      Explanation(
        "-R names the real server here, and no address is behind it", "write -R host[:port]")
    case .addService, .deleteService:
      Explanation(
        "\(first.typed) is about a service alone; -R names a real server with -a, -e, and -d",
        "write a line for each, or call the program as ippfvsadm, which takes both in one")
    default:
      Explanation(
        "the line has the command \(first.typed) already, and -R (--restore) is another",
        "write a line for each")
    }
  }

  private static func leftover(_ word: ByteString) -> Explanation {
    if word == "\\" {
      return Explanation("a line cannot be continued in the next", "write both in one line")
    }
    if word.bytes.ends(with: "/ipvsadm".utf8) {
      return Explanation(
        "of the program's names only the bare word `ipvsadm' is passed over in restore input",
        "leave \(quoting: word) out")
    }
    return Explanation(
      "\(quoting: word) belongs to no option",
      "write it behind the option that it is the value of, or leave it out")
  }
}

extension [UInt8] {
  fileprivate func ends(with suffix: some BidirectionalCollection<UInt8>) -> Bool {
    reversed().starts(with: suffix.reversed())
  }
}
