import IPVSNames
import IPVSRules
import IPVSText

/// Reads a line from left to right; the first value that is not good ends it.
struct LineReader {
  var scanner: ArgumentScanner
  private let mayChooseEngine: Bool
  let names: any NameService

  /// What was read so far.
  var line = LineContents()

  /// Which word holds the command.
  private var commandPosition = 0
  private(set) var engine: ByteString?

  /// The name of the real server's port, as long as nothing says over which protocol.
  var pendingPort: (name: Range<Int>, server: ArgumentScanner.Value)?

  var words: Words { scanner.words }

  /// The command as typed.
  var commandWord: Word { Word(words[commandPosition - 1], at: commandPosition) }

  init(_ words: Words, names: any NameService, mayChooseEngine: Bool) {
    scanner = ArgumentScanner(words)
    self.mayChooseEngine = mayChooseEngine
    self.names = names
  }

  /// Reads the line to its end, or to a command that asks for text about the program.
  mutating func read() throws(GrammarError) {
    try readCommand()
    guard line.command != .help, line.command != .version else { return }
    do throws(GrammarError) {
      while let found = try scanner.nextOption() { try take(found) }
    } catch {
      // What stands before a fault was read before it; ipvsadm 1.31 waits for no service.
      try settle()
      throw error
    }
    // Asked here, since the call takes a copy of all that was read.
    if pendingPort != nil || line.netmask != nil { try settle() }
    if line.command == .setTimeouts { try takeTimeouts() }
    if let extra = scanner.takeLeftover() { throw .words(.leftover(scanner.text(extra))) }
  }

  /// Refuses what waited for a service that would give it a meaning.
  private func settle() throws(GrammarError) {
    try settlePort()
    try settleNetmask()
  }

  /// The command, which must come before all options but `--engine`.
  private mutating func readCommand() throws(GrammarError) {
    var first: ArgumentScanner.Found?
    do throws(GrammarError) {
      repeat { first = try scanner.nextOption() } while try takeEngine(first)
    } catch .words(.unknownOption(let word, _)) {
      throw .words(.unknownCommand(word))
    } catch .words(.missingArgument(let word, _)) {
      throw .words(.incompleteCommand(word))
    } catch {
      throw .words(.overfullCommand(scanner.word))
    }
    guard let first else { throw .words(.noCommand(scanner.takeLeftover().map(scanner.text))) }
    commandPosition = scanner.position
    guard case .command(let command) = first.meaning else {
      throw .words(.optionBeforeCommand(commandWord))
    }
    line.command = command
    if let value = first.value { line.role = try role(value) }
  }

  mutating func takeEngine(
    _ found: ArgumentScanner.Found?
  ) throws(GrammarError) -> Bool {
    guard let found, case .engine = found.meaning, let value = found.value else {
      return false
    }
    guard mayChooseEngine else { throw .words(.unknownOption(scanner.word, letter: nil)) }
    engine = scanner.text(value).text
    return true
  }

  private func role(_ value: ArgumentScanner.Value) throws(GrammarError) -> SyncDaemon.Role {
    let text = words.bytes.span.extracting(value.range)
    if text.equals("master") { return .master }
    if text.equals("backup") { return .backup }
    throw .values(.daemonRole(scanner.text(value), for: line.command))
  }

  private mutating func takeTimeouts() throws(GrammarError) {
    var values: [ArgumentScanner.Value] = []
    while values.count < 3, let value = scanner.takeLeftover() { values.append(value) }
    guard values.count == 3 else { throw .values(.tooFewTimeouts(values.count)) }
    line.timeouts.tcp = try timeout(values[0], from: 0)
    line.timeouts.tcpFin = try timeout(values[1], from: 0)
    line.timeouts.udp = try timeout(values[2], from: 0)
  }

  func timeout(
    _ value: ArgumentScanner.Value, from least: Int
  ) throws(GrammarError) -> UInt32 {
    let text = words.bytes.span.extracting(value.range)
    let range = least...OptionName.longestTimeout
    switch WholeNumber.read(text, in: range) {
    case .success(let seconds): return UInt32(seconds)
    case .failure(let fault): throw .values(.timeout(scanner.text(value), fault.reason, range))
    }
  }
}
