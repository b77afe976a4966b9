/// Why a command line is not run.
public enum GrammarError: Error, Hashable, Sendable {
  /// The words are not a command with its options.
  case words(WordFault)

  /// The options do not go with the command or with each other.
  case options(OptionFault)

  /// A value says nothing that can be done.
  case values(ValueFault)

  /// A line of `ippfvsadm`.
  case ancestor(AncestorFault)

  /// The exit status: 255 where the words are no options of the program, 2 where their meaning is
  /// at fault (ipvsadm.c, `parse_options`).
  public var exitStatus: Int32 {
    switch self {
    case .words(let fault): fault.isAboutCommand || fault.lastsOneLine ? 255 : 2
    case .options, .values, .ancestor: 2
    }
  }

  /// Whether restore input goes on with the next line; all other faults end the program.
  public var lastsOneLine: Bool {
    switch self {
    case .words(let fault): fault.lastsOneLine
    case .options, .values, .ancestor: false
    }
  }
}
