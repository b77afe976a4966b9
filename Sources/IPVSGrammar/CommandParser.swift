public import IPVSNames
import IPVSRules
public import IPVSText

/// Reads the words of a command line in the language of ipvsadm(8).
public enum CommandParser {
  /// Reads what a program was called with.
  ///
  /// - Parameter arguments: All words, the name of the program first. No further word: the table is
  ///   listed.
  public static func parse(
    _ arguments: some Collection<ByteString>, names: some NameService
  ) throws(GrammarError) -> Invocation {
    guard arguments.count > 1 else { return Invocation(.list(ListRequest(.table(.plain)))) }
    var reader = LineReader(Words(arguments.dropFirst()), mayChooseEngine: true)
    try reader.read(names: names)
    return Invocation(try reader.line.command(words: reader.words), engine: reader.engine)
  }

  /// Reads a line of restore input. `help` and `version` end the program there, too.
  public static func parse(
    _ line: RestoreLine, names: some NameService
  ) throws(GrammarError) -> Command {
    var reader = LineReader(line.words, mayChooseEngine: false)
    try reader.read(names: names)
    let command = try reader.line.command(words: reader.words)
    if case .restore = command { throw .words(.nestedRestore(reader.commandWord)) }
    return command
  }
}
