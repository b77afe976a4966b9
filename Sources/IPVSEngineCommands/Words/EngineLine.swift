// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSText

/// A command line of `ipvs-engine`, read word by word: a verb, its options, and for `run` a command.
struct EngineLine {
  private let verb: EngineVerb
  private let words: [ByteString]
  private var position = 1
  private var given: [(option: EngineOption, word: ByteString, value: ByteString)] = []

  static func command(_ words: [ByteString]) throws(EngineUsageError) -> EngineCommand {
    guard let first = words.first else { throw .noVerb }
    switch first {
    case "--help", "-h", "help": return .help
    case "--version", "-v": return .version
    default: break
    }
    guard let verb = EngineVerb(rawValue: first.description) else {
      throw first.hasPrefix("-") ? .noVerb : .unknownVerb(first)
    }
    var line = EngineLine(verb: verb, words: words)
    guard try line.readOptions() else { return .help }
    return try line.meaning()
  }

  private init(verb: EngineVerb, words: [ByteString]) {
    self.verb = verb
    self.words = words
  }

  /// Reads up to the first word that is not an option.
  ///
  /// - Returns: false if help is asked for.
  private mutating func readOptions() throws(EngineUsageError) -> Bool {
    while position < words.count {
      let word = words[position]
      guard word.hasPrefix("-"), word != "-" else { return true }
      position += 1
      if word == "--" { return true }
      if word == "--help" || word == "-h" { return false }
      try readOption(word)
    }
    return true
  }

  private mutating func readOption(_ word: ByteString) throws(EngineUsageError) {
    let equals = word.bytes.firstIndex(of: UInt8(ascii: "="))
    let name = ByteString(word.bytes[..<(equals ?? word.count)])
    let option = EngineOption.all.first { name == ByteString("--\($0.long)") }
    guard let option else { throw .unknownOption(word) }
    guard option.verbs.contains(verb) else {
      throw .strangeOption(name, verb: verb, others: option.verbs)
    }
    guard option.isRepeatable || given(option.name) == nil else { throw .repeatedOption(name) }
    given.append((option, word, try value(of: option, after: equals, in: word)))
  }

  private mutating func value(
    of option: EngineOption, after equals: Int?, in word: ByteString
  ) throws(EngineUsageError) -> ByteString {
    guard option.value != nil else {
      guard equals == nil else { throw .unwantedValue(word) }
      return ""
    }
    if let equals { return ByteString(word.bytes[(equals + 1)...]) }
    guard position < words.count else { throw .missingValue(word) }
    position += 1
    return words[position - 1]
  }

  private func given(_ name: EngineOption.Name) -> ByteString? {
    given.last { $0.option.name == name }?.value
  }

  /// The command that the whole line asks for.
  private func meaning() throws(EngineUsageError) -> EngineCommand {
    let rest = Array(words[position...])
    if verb != .run, let word = rest.first { throw .leftover(word, verb: verb) }
    switch verb {
    case .serve:
      _ = try required(.socket)
      return .serve(try start())
    case .run:
      guard !rest.isEmpty else { throw .noCommand }
      return .run(try start(), words: rest)
    case .replay:
      _ = try required(.rules)
      let (input, result) = (try required(.read), given(.write))
      guard input != result || input == "-" else { throw .overwritten(input) }
      return .replay(try basis(), from: input, to: result)
    }
  }

  private func required(_ name: EngineOption.Name) throws(EngineUsageError) -> ByteString {
    guard let value = given(name) else { throw .missingOption(name, verb: verb) }
    return value
  }

  private func start() throws(EngineUsageError) -> EngineCommand.Start {
    let diverts = given(.divert) != nil
    guard !diverts || given(.tun) != nil else { throw .nothingToDivertTo }
    return EngineCommand.Start(
      basis: try basis(), socket: given(.socket), tun: given(.tun), diverts: diverts)
  }

  private func basis() throws(EngineUsageError) -> EngineCommand.Basis {
    var basis = EngineCommand.Basis(rules: given(.rules))
    // The former name of `--as-kernel=6.1`.
    if given(.olderCounting) != nil { basis.settings.kernel = .oldest }
    if let text = given(.asKernel) {
      guard let release = KernelRelease(text) else { throw .notARelease(text) }
      basis.settings.kernel = release
    }
    for one in given where one.option.name == .sysctl {
      try set(one.value, in: &basis.settings)
    }
    if let text = given(.seed) {
      guard let seed = UInt64(text.description) else { throw .notANumber(text) }
      basis.seed = seed
    }
    return basis
  }

  /// `NAME=VALUE`, as sysctl(8) takes it.
  private func set(_ text: ByteString, in settings: inout Settings) throws(EngineUsageError) {
    guard let equals = text.bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
      throw .notASetting(text)
    }
    let value = ByteString(text.bytes[(equals + 1)...])
    guard let number = Int32(value.description) else { throw .notANumber(value) }
    do throws(SettingError) {
      try settings.set(ByteString(text.bytes[..<equals]), to: number)
    } catch {
      throw .setting(error, text)
    }
  }
}
