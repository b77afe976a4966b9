public import IPVSNames
import IPVSRules
public import IPVSText

/// Reads the words of a command line in the language of ipvsadm(8).
public enum CommandParser {
  /// Reads what a program was called with.
  ///
  /// - Parameter words: Those behind the name of the program. None: the table is listed.
  public static func parse(
    _ words: Words, names: any NameService
  ) throws(GrammarError) -> Invocation {
    guard words.count > 0 else { return Invocation(.list(ListRequest(.table(.plain)))) }
    var reader = LineReader(words, names: names, mayChooseEngine: true)
    try reader.read()
    return Invocation(try reader.line.command(words: words), engine: reader.engine)
  }

  /// Reads what a program was called with, the name of the program first.
  public static func parse(
    _ arguments: [ByteString], names: any NameService
  ) throws(GrammarError) -> Invocation {
    try parse(Words(arguments.dropFirst()), names: names)
  }

  /// Reads a line of restore input. `help` and `version` end the program there, too.
  public static func parse(
    _ line: RestoreLine, names: any NameService
  ) throws(GrammarError) -> Command {
    var reader = LineReader(line.words, names: names, mayChooseEngine: false)
    try reader.read()
    let command = try reader.line.command(words: line.words)
    if case .restore = command { throw .words(.nestedRestore(reader.commandWord)) }
    return command
  }
}
