import IPVSGrammar
import IPVSText

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

  var explanation: [MessageText] {
    switch self {
    case .noCommand(nil): ["There is no command.", Self.commandRule]
    case .noCommand(let word?): ["\(quoting: word.text) is not a command.", Self.commandRule]
    case .optionBeforeCommand(let word):
      ["\(quoting: word.text) does not begin with a command.", Self.commandRule]
    case .unknownCommand(let word): ["No command is called \(quoting: word.text)."] + nearby(word)
    case .incompleteCommand(let word):
      ["\(quoting: word.text) needs a value behind it: `master' or `backup'."]
    case .overfullCommand(let word):
      ["\(quoting: word.text) begins with a command that takes no value; write it without `='."]
    case .nestedRestore: ["Restore input cannot hold -R (--restore) itself; leave the line out."]
    case .unknownOption(let word, let letter): unknown(word, letter)
    case .missingArgument(_, let option):
      ["The line ends where --\(option) needs a value; write it behind the option."]
    case .unwantedArgument(let word):
      ["\(quoting: word.text) is an option that is on when it is there; write it without `='."]
    case .secondCommand(let word, let second, let first): extra(second, as: word, after: first)
    case .repeatedOption(let option, let word):
      [
        "\(quoting: word.text) is one too many: a line takes \(option.typed) once.",
        "For several, write a line for each.",
      ]
    case .leftover(let word): leftover(word.text)
    }
  }

  private static let commandRule: MessageText =
    "The first option must be a command, such as -A, -a, -L, or -S."

  private func nearby(_ word: Word) -> [MessageText] {
    OptionName.suggestion(for: word.text).map { ["Did you mean \($0)?"] } ?? []
  }

  private func unknown(_ word: Word, _ letter: UInt8?) -> [MessageText] {
    guard let letter else {
      return ["No option is called \(quoting: word.text)."] + nearby(word)
    }
    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter), letter != UInt8(ascii: "6") {
      return ["A word that begins with `-' is read as an option; no number below 0 is of use here."]
    }
    let name = ByteString(CollectionOfOne(letter))
    guard word.text.count > 2 else { return ["No option is called \(quoting: word.text)."] }
    return [
      "No option has the letter \(quoting: name); long options begin with two dashes."
    ]
  }

  private func extra(
    _ second: CommandName, as word: Word, after first: CommandName
  ) -> [MessageText] {
    guard second == .restore else {
      return [
        "The line has the command \(first.typed) already, and \(second.typed) is another.",
        "Write a line for each.",
      ]
    }
    switch first {
    case .addServer, .editServer, .deleteServer:
      return ["-R names the real server here and needs its address behind it, as -r does."]
    case .addService, .deleteService:
      return [
        "-R names a real server with -a, -e, and -d; \(first.typed) is about the service alone.",
        "Services and their servers in one line are the language of ippfvsadm.",
      ]
    default:
      return ["The line has the command \(first.typed) already; -R (--restore) must stand alone."]
    }
  }

  private func leftover(_ word: ByteString) -> [MessageText] {
    if word == "\\" { return ["A line cannot be continued in the next; join the two."] }
    if word.bytes.ends(with: "/ipvsadm".utf8) {
      return ["Only the bare word `ipvsadm' is passed over in restore input."]
    }
    return [
      "\(quoting: word) belongs to no option; every value stands behind the option it is for."
    ]
  }
}

extension [UInt8] {
  fileprivate func ends(with suffix: some BidirectionalCollection<UInt8>) -> Bool {
    reversed().starts(with: suffix.reversed())
  }
}
