// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

/// Reads a line from left to right, up to the first value that is not good.
///
/// It is not copyable because the compiler would copy it, which takes a tenth of the time of a line.
struct LineReader: ~Copyable {
  var scanner: ArgumentScanner
  let names: any NameService

  /// The values of the global options; nil where the line may not have any.
  private(set) var globals: GlobalOptions?

  /// The contents so far.
  var line = LineContents()

  /// The number of the word with the command, counted from 1.
  private var commandPosition = 0

  /// The name of the real server's port, until a service gives the protocol.
  var pendingPort: (name: Range<Int>, server: ArgumentScanner.Value)?

  var words: Words { scanner.words }

  /// The command as typed.
  var commandWord: Word { Word(words[commandPosition - 1], at: commandPosition) }

  /// - Parameter globals: The values of global options that apply where the line has none; nil where
  ///   the line may not have any.
  init(_ words: Words, names: any NameService, globals: GlobalOptions?) {
    scanner = ArgumentScanner(words, takesGlobals: globals != nil)
    self.names = names
    self.globals = globals
  }

  /// Reads the line to its end, or to a command that asks for text about the program.
  mutating func read() throws(GrammarError) {
    try readCommand()
    guard line.command != .help, line.command != .version else { return }
    do throws(GrammarError) {
      while let found = try scanner.nextOption() { try take(found) }
    } catch {
      // ipvsadm 1.31 reads these values at once, before the word at fault.
      try settle()
      throw error
    }
    try settle()
    if line.command == .setTimeouts { try takeTimeouts() }
    if line.command.files.upperBound > 0 { takeFiles() }
    if line.command == .explain { try takePacket() }
    if let extra = scanner.takeLeftover() { throw .words(.leftover(scanner.text(extra))) }
  }

  /// Refuses values that depend on a service, if no service gave them a meaning.
  private func settle() throws(GrammarError) {
    try settlePort()
    try settleNetmask()
  }

  /// The command, which must come before all options but the global ones.
  private mutating func readCommand() throws(GrammarError) {
    var first: ArgumentScanner.Found?
    do throws(GrammarError) {
      repeat { first = try scanner.nextOption() } while try takeGlobal(first)
    } catch .words(.unknownOption(let word, _)) {
      throw .words(.unknownCommand(word))
    } catch .words(.missingArgument(let word, _)) {
      throw .words(.incompleteCommand(word))
    } catch .values(let fault) {
      throw .values(fault)
    } catch {
      throw .words(.overfullCommand(scanner.word))
    }
    guard let first else { throw .words(.noCommand(scanner.takeLeftover().map(scanner.text))) }
    commandPosition = scanner.position
    guard case .command(let command) = first.meaning else {
      throw .words(.optionBeforeCommand(commandWord))
    }
    line.command = command
    scanner.command = command
    guard let value = first.value else { return }
    if command == .metrics {
      line.metricsDetail = try choice(value, .metricsDetail)
    } else if command == .monitor {
      line.interval = try interval(value)
    } else if command == .completion {
      line.shell = try choice(value, .shell)
    } else if command == .importRules {
      line.imported = value
    } else {
      line.role = try role(value)
    }
  }

  /// Takes a global option; false where the option is another.
  private mutating func takeGlobal(
    _ found: ArgumentScanner.Found?
  ) throws(GrammarError) -> Bool {
    guard let found, case .global(let option) = found.meaning else { return false }
    if option == .color, let value = found.value {
      let _: ColorChoice = try choice(value, .color)
    }
    let value = found.value.map { words.text($0.range) }
    globals?.set(option, to: value ?? "")
    return true
  }

  private func role(_ value: ArgumentScanner.Value) throws(GrammarError) -> SyncDaemon.Role {
    let text = words.bytes.span.extracting(value.range)
    if text.equals("master") { return .master }
    if text.equals("backup") { return .backup }
    throw .values(.daemonRole(scanner.text(value), for: line.command))
  }

  /// One of the words that an option takes.
  func choice<Chosen: RawRepresentable<String>>(
    _ value: ArgumentScanner.Value, _ option: ValueFault.Choice
  ) throws(GrammarError) -> Chosen {
    let word = scanner.text(value)
    guard let chosen = Chosen(rawValue: word.text.description) else {
      throw .values(.choice(word, option))
    }
    return chosen
  }

  private mutating func takeTimeouts() throws(GrammarError) {
    var values: [ArgumentScanner.Value] = []
    while values.count < 3, let value = scanner.takeLeftover() { values.append(value) }
    guard values.count == 3 else { throw .values(.tooFewTimeouts(values.count)) }
    line.timeouts.tcp = try timeout(values[0], from: 0)
    line.timeouts.tcpFin = try timeout(values[1], from: 0)
    line.timeouts.udp = try timeout(values[2], from: 0)
  }

  private mutating func takeFiles() {
    while line.files.count < line.command.files.upperBound, let file = scanner.takeLeftover() {
      line.files.append(file)
    }
  }

  private func interval(_ value: ArgumentScanner.Value) throws(GrammarError) -> UInt32 {
    let text = words.bytes.span.extracting(value.range)
    switch WholeNumber.read(text, in: 1...OptionName.longestInterval) {
    case .success(let seconds): return UInt32(seconds)
    case .failure(let fault): throw .values(.interval(scanner.text(value), fault))
    }
  }

  func timeout(
    _ value: ArgumentScanner.Value, from least: Int
  ) throws(GrammarError) -> UInt32 {
    let text = words.bytes.span.extracting(value.range)
    let range = least...OptionName.longestTimeout
    switch WholeNumber.read(text, in: range) {
    case .success(let seconds): return UInt32(seconds)
    case .failure(let fault): throw .values(.timeout(scanner.text(value), fault, range))
    }
  }
}

extension LineReader {
  /// The timeout of `--persistent` without a value, in seconds (ipvsadm.c, `DEF_SVC_TIMEOUT`).
  private static let defaultPersistence: UInt32 = 360

  mutating func take(
    _ found: ArgumentScanner.Found
  ) throws(GrammarError) {
    let value = found.value
    switch found.meaning {
    case .command(.restore) where line.command.takesServer:
      // In the 2.2 era -R named the real server there, and ipvsadm 1.31 refuses it.
      guard let value = scanner.takeValue() else {
        throw .words(.secondCommand(scanner.word, .restore, after: line.command))
      }
      try note(.realServer)
      try takeServer(value)
    case .command(let second):
      throw .words(.secondCommand(scanner.word, second, after: line.command))
    case .service(let transport):
      try note(.serviceAddress)
      keepService()
      if let value { try takeService(value, over: transport) }
    case .mark:
      try note(.serviceAddress)
      keepService()
      if let value { try takeMark(value) }
    case .ipv6:
      guard case .mark(let mark, _) = line.service else {
        throw .values(.ipv6BeforeMark(scanner.word))
      }
      line.service = .mark(mark, .ipv6)
    case .method(let method):
      try note(.forwardingMethod)
      line.method = method
    case .option(let option):
      try note(option)
      try take(option, value, OptionTable.table[found.index].value)
    case .global: _ = try takeGlobal(found)
    case .nothing: break
    }
  }

  private mutating func note(_ option: OptionName) throws(GrammarError) {
    guard !line.given.contains(option) || OptionRules[line.command].selecting.contains(option)
    else {
      throw .words(.repeatedOption(option, scanner.word))
    }
    line.given.insert(option)
  }

  private mutating func take(
    _ option: OptionName, _ value: ArgumentScanner.Value?, _ kind: OptionRow.Value
  ) throws(GrammarError) {
    if option == .persistent { line.persistence = Self.defaultPersistence }
    guard let value else { return }
    switch kind {
    case .none, .joinedText: break
    case .number(let least, let most):
      switch WholeNumber.read(words.bytes.span.extracting(value.range), in: least...most) {
      case .success(let number): line[number: option] = UInt32(number)
      case .failure(let fault): throw .values(.number(option, scanner.text(value), fault))
      }
    case .optionalNumber(let least, _): line.persistence = try timeout(value, from: least)
    case .joinedNumber: line.interval = try interval(value)
    case .text: try take(option, text: value)
    }
  }

  private mutating func take(
    _ option: OptionName, text value: ArgumentScanner.Value
  ) throws(GrammarError) {
    switch option {
    case .realServer:
      try keepServer()
      try takeServer(value)
    case .netmask: try takeNetmask(value)
    case .scheduler:
      line.scheduler = value
      keepScheduler(value)
    case .schedulerFlags: line.schedulerFlags = value
    case .persistenceEngine: line.persistenceEngine = value
    case .multicastInterface: line.interface = value
    case .multicastGroup: line.group = try group(value)
    case .tunnelKind: line.tunnelKind = try tunnelKind(value)
    case .sortBy: line.order = try choice(value, .order)
    case .client, .state: try takeSelection(option, value)
    case .countBy: line.countKey = try choice(value, .countKey)
    case .output: line.output = value
    case .configID: line.configID = value
    case .parameter: line.parameters.append(value)
    case .rules, .forRules: line.rules = value
    case .virtualAddress: line.virtualAddresses.append(try address(value, option))
    case .directorAddress: line.directorAddress = try address(value, option)
    case .serverTunnel: line.tunnelKind = try tunnelKind(value)
    default: break
    }
  }

  private func tunnelKind(_ value: ArgumentScanner.Value) throws(GrammarError) -> Tunnel.Kind {
    let text = words.bytes.span.extracting(value.range)
    for index in Tunnel.Kind.words.indices where text.equals(Tunnel.Kind.words[index].word) {
      return Tunnel.Kind.words[index].kind
    }
    throw .values(.tunnelKind(scanner.text(value)))
  }
}
