public import IPVSText

/// Words that are not a command with its options.
public enum WordFault: Hashable, Sendable {
  /// No option is there. The word, if there is one, is the first.
  case noCommand(Word?)

  /// The first option is one, but not a command.
  case optionBeforeCommand(Word)

  /// The first option is none that is known.
  case unknownCommand(Word)

  /// A command without the value that it needs.
  case incompleteCommand(Word)

  /// A command with a value that it does not take.
  case overfullCommand(Word)

  /// `--restore` in a line of restore input.
  case nestedRestore(Word)

  /// In a word of several letters, `letter` is the one that is no option. Nil: a long option.
  case unknownOption(Word, letter: UInt8?)

  /// The line ends where the value of the option with a long name should be.
  case missingArgument(Word, option: ByteString)
  case unwantedArgument(Word)

  /// A command after the first. The word is its value, if it has one.
  case secondCommand(Word, CommandName, after: CommandName)
  case repeatedOption(OptionName, Word)
  case leftover(Word)

  /// Whether nothing but a hint at the help text is said of it.
  public var isAboutCommand: Bool {
    switch self {
    case .noCommand, .optionBeforeCommand, .unknownCommand, .incompleteCommand, .overfullCommand,
      .nestedRestore:
      true
    default: false
    }
  }

  /// Whether restore input goes on with the next line.
  public var lastsOneLine: Bool {
    switch self {
    case .unknownOption, .missingArgument, .unwantedArgument: true
    default: false
    }
  }
}
