// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// Splits a line as popt does (popt(3), poptGetNextOpt): options with their values in the order
/// of the line, and the words that are neither.
struct ArgumentScanner {
  /// An option, by its index in `OptionTable`, and its value.
  struct Found {
    let index: Int
    let value: Value?

    var meaning: OptionRow.Meaning { OptionTable.table[index].meaning }
  }

  /// The text of a value: a word, or the end of one.
  struct Value: Hashable {
    let range: Range<Int>
    let position: Int
  }

  let words: Words

  /// Whether global options are known.
  private let takesGlobals: Bool

  /// The command of the line, as soon as it is known.
  var command: CommandName?

  /// The index of the next word to read. The word before it holds the current option or its value.
  private var next = 0

  /// The rest of a word of several short options.
  private var bundle: Range<Int>?

  /// After `--`.
  private var optionsEnded = false

  /// The words that are neither options nor values.
  private var leftovers: [Int] = []

  init(_ words: Words, takesGlobals: Bool) {
    self.words = words
    self.takesGlobals = takesGlobals
  }

  /// The number of the word that was read last, counted from 1.
  var position: Int { next }

  /// The word that was read last, whole.
  var word: Word {
    next == 0 ? Word(ByteString(""), at: 0) : Word(words[next - 1], at: next)
  }

  func text(_ value: Value) -> Word { Word(words.text(value.range), at: value.position) }

  /// The next word that is no option, of those read so far.
  mutating func takeLeftover() -> Value? {
    guard !leftovers.isEmpty else { return nil }
    let index = leftovers.removeFirst()
    return Value(range: words.ranges[index], position: index + 1)
  }

  /// The next option, or nil at the end of the line.
  mutating func nextOption() throws(GrammarError) -> Found? {
    while bundle == nil {
      guard next < words.count else { return nil }
      let range = words.ranges[next]
      next += 1
      guard range.count > 1, words.bytes[range.lowerBound] == dash, !optionsEnded else {
        leftovers.append(next - 1)
        continue
      }
      guard words.bytes[range.lowerBound + 1] == dash else {
        bundle = range.dropFirst()
        break
      }
      guard range.count > 2 else {
        optionsEnded = true
        continue
      }
      return try longOption(range.dropFirst(2))
    }
    return try shortOption()
  }

  private mutating func longOption(_ range: Range<Int>) throws(GrammarError) -> Found {
    let (index, joined) = try lookUp(range)
    return try found(index, joined: joined)
  }

  /// The option of a word, and what follows its `=`.
  private func lookUp(
    _ range: Range<Int>
  ) throws(GrammarError) -> (index: Int, joined: Range<Int>?) {
    let text = words.bytes.span.extracting(range)
    let equals = text.firstIndex(of: equalsSign)
    guard let index = OptionTable.index(of: text.extracting(first: equals ?? text.count)),
      isKnown(index)
    else { throw .words(.unknownOption(word, letter: nil)) }
    return (index, equals.map { range.dropFirst($0 + 1) })
  }

  @inline(__always)
  private mutating func shortOption() throws(GrammarError) -> Found {
    let letters = bundle ?? 0..<0
    bundle = nil
    guard let letter = letters.first, let index = OptionTable.index(of: words.bytes[letter]),
      isKnown(index)
    else { throw .words(.unknownOption(word, letter: letters.first.map { words.bytes[$0] })) }
    let rest = letters.dropFirst()
    guard let first = rest.first else { return try found(index, joined: nil) }
    let isJoined = words.bytes[first] == equalsSign
    guard case .none = value(of: index), !isJoined else {
      return try found(index, joined: isJoined ? rest.dropFirst() : rest)
    }
    bundle = rest
    return Found(index: index, value: nil)
  }

  @inline(__always)
  private func isKnown(_ index: Int) -> Bool {
    guard !takesGlobals, case .global = OptionTable.table[index].meaning else { return true }
    return false
  }

  /// Which value the option at an index takes with the line's command.
  @inline(__always)
  private func value(of index: Int) -> OptionRow.Value {
    if let command, OptionTable.table[index].bare.contains(command) { return .none }
    return OptionTable.table[index].value
  }

  /// The option at an index, with the value that is joined to it or follows it.
  @inline(__always)
  private mutating func found(
    _ index: Int, joined: Range<Int>?
  ) throws(GrammarError) -> Found {
    if let joined {
      if case .none = value(of: index) { throw .words(.unwantedArgument(word)) }
      return Found(index: index, value: Value(range: joined, position: next))
    }
    switch value(of: index) {
    case .none, .joinedText, .joinedNumber: return Found(index: index, value: nil)
    case .optionalNumber: return Found(index: index, value: takeFreeWord())
    case .text, .number:
      guard next < words.count else {
        let long = ByteString(stringLiteral: OptionTable.table[index].long)
        throw .words(.missingArgument(word, option: long))
      }
      next += 1
      return Found(
        index: index, value: Value(range: words.ranges[next - 1], position: next))
    }
  }

  /// Takes a value for an option that has none by the table: the rest of a bundle, or the next word
  /// if that is no option.
  mutating func takeValue() -> Value? {
    guard let rest = bundle else { return takeFreeWord() }
    bundle = nil
    return Value(range: rest, position: next)
  }

  private mutating func takeFreeWord() -> Value? {
    guard next < words.count else { return nil }
    let range = words.ranges[next]
    if let first = range.first, words.bytes[first] == dash { return nil }
    next += 1
    return Value(range: range, position: next)
  }
}

private let dash = UInt8(ascii: "-")
private let equalsSign = UInt8(ascii: "=")
