// SPDX-License-Identifier: Apache-2.0

public import IPVSNames
import IPVSRules
public import IPVSText

/// Reads the words of a command line in the language of ipvsadm(8).
public enum CommandParser {
  /// Reads what a program was called with.
  ///
  /// - Parameters:
  ///   - words: Those behind the name of the program. None: the table is listed.
  ///   - names: Looks up the names of hosts and services.
  ///   - options: The global options that apply where the line has none. Those of the line replace
  ///     them as they are read: the ones before a fault too.
  public static func parse(
    _ words: Words, names: any NameService, options: inout GlobalOptions
  ) throws(GrammarError) -> Command {
    guard words.count > 0 else { return .list(ListRequest(.table(.plain))) }
    var reader = LineReader(words, names: names, globals: options)
    defer { options = reader.globals ?? options }
    try reader.read()
    return try reader.line.command(words: words)
  }

  /// The network namespace that a line names: it must be entered before names are looked up in it, and
  /// the option may be behind them.
  ///
  /// - Returns: Nil where the line names none, or a word before it cannot be read.
  public static func namespace(in words: Words) -> ByteString? {
    guard (0..<words.count).contains(where: { words.begins($0, with: "--netns") }) else {
      return nil
    }
    return TypedLine(words).items.last { $0.option.long == "netns" }?.value
  }

  /// Reads what a program was called with, the name of the program first.
  public static func parse(
    _ arguments: [ByteString], names: any NameService
  ) throws(GrammarError) -> Invocation {
    var options = GlobalOptions()
    let command = try parse(Words(arguments.dropFirst()), names: names, options: &options)
    return Invocation(command, options: options)
  }

  /// Reads a line of restore input. `help` and `version` end the program there, too.
  public static func parse(
    _ line: RestoreLine, names: any NameService
  ) throws(GrammarError) -> Command {
    var reader = LineReader(line.words, names: names, globals: nil)
    try reader.read()
    let command = try reader.line.command(words: line.words)
    if reader.line.command.standsAlone { throw .words(.noRestoreLine(reader.commandWord)) }
    if reader.line.given.contains(.watch) {
      let position = TypedLine(line.words).position(of: .watch)
      throw .words(.noRestoreLine(Word(line.words[position - 1], at: position)))
    }
    return command
  }
}
