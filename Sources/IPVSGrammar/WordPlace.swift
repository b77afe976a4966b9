// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// Where in a line a fault is: a word, counted from 1, or only its last bytes.
struct WordPlace {
  let position: Int
  var length: Int?

  init(_ position: Int, last length: Int? = nil) {
    self.position = position
    self.length = length
  }

  init(_ word: Word) {
    self.init(word.position, last: word.text.count)
  }
}

extension RestoreLine {
  /// The place of an option's value.
  func place(of option: OptionName) -> WordPlace {
    TypedLine(words).place(of: option)
  }
}

extension TypedLine {
  func place(of option: OptionName) -> WordPlace {
    let item = items.first { $0.option.meaning == .option(option) }
    return WordPlace(item?.valuePosition ?? 1, last: item?.value?.count)
  }
}

extension GrammarError {
  /// Where in the line the fault is.
  func place(in words: Words) -> WordPlace {
    let line = TypedLine(words)
    return switch self {
    case .words(let fault): fault.place
    case .options(let fault): WordPlace(fault.option.map { line.position(of: $0) } ?? 1)
    case .values(let fault): fault.place(in: line)
    case .ancestor: WordPlace(1)
    }
  }
}

extension GrammarError {
  /// Whether the line does not say what is to be done.
  var hidesCommand: Bool {
    guard case .words(let fault) = self else { return false }
    return switch fault {
    case .noCommand, .optionBeforeCommand, .unknownCommand, .incompleteCommand, .overfullCommand:
      true
    default: false
    }
  }
}

extension WordFault {
  fileprivate var place: WordPlace {
    switch self {
    case .noCommand(nil), .optionBeforeCommand, .missingFile, .missingPacket: WordPlace(1)
    case .noCommand(let word?), .unknownCommand(let word),
      .incompleteCommand(let word), .overfullCommand(let word), .noRestoreLine(let word),
      .unknownOption(let word, _), .missingArgument(let word, _), .unwantedArgument(let word),
      .secondCommand(let word, _, _), .repeatedOption(_, let word), .leftover(let word):
      WordPlace(word)
    }
  }
}

extension OptionFault {
  /// The option that is one too many; nil where one is missing.
  fileprivate var option: OptionName? {
    switch self {
    case .missing, .missingInTunnel, .conflictingViews: nil
    case .orderWithoutWatch: .sortBy
    case .toldAs(_, let reason): reason.option
    case .illegal(let option, _), .exclusive(let option, _, _), .aboutConnections(let option),
      .aboutRealServer(let option),
      .noTunnel(let option), .illegalInTunnel(let option, _), .exclusiveInTunnel(let option, _, _),
      .unwatched(let option):
      option
    }
  }
}

extension ValueFault {
  fileprivate func place(in line: TypedLine) -> WordPlace {
    switch self {
    case .tooFewTimeouts: WordPlace(1)
    case .timeout(let word, _, _), .mark(let word, _), .ipv6BeforeMark(let word),
      .serviceAddress(let word, _), .serverAddress(let word, _), .netmask(let word),
      .prefixLength(let word), .number(_, let word, _), .daemonRole(let word, _),
      .multicastGroup(let word, _), .tunnelKind(let word), .network(let word), .state(let word),
      .interval(let word, _), .choice(let word, _), .packetProtocol(let word),
      .packetEnd(let word, _), .packetFamilies(let word, _), .packetPort(let word),
      .parameter(let word), .address(_, let word):
      WordPlace(word)
    case .unknownSchedulerFlag, .foreignSchedulerFlag: line.place(of: .schedulerFlags)
    case .zeroPort: line.place(of: .serviceAddress)
    case .onePacketOverStream: WordPlace(line.position(of: .onePacket))
    case .differentFamilies: line.place(of: .realServer)
    }
  }
}
