import IPVSText

/// Takes a line apart the way popt does (popt(3), poptGetNextOpt): options with their values in the
/// order in which they stand, and the words that are neither.
struct ArgumentScanner {
  struct Found {
    let meaning: OptionSpelling.Meaning
    let value: Value?
  }

  /// The text of a value: a word, or the end of one.
  struct Value: Hashable {
    let range: Range<Int>
    let position: Int
  }

  let words: Words

  /// The word that the next option is looked for in; the one before it holds the present option and
  /// its value.
  private var next = 0

  /// What remains of a word of several short options.
  private var bundle: Range<Int>?

  /// After `--`.
  private var optionsEnded = false

  /// The words that are neither options nor values.
  private var leftovers: [Int] = []

  init(_ words: Words) {
    self.words = words
  }

  /// Which word was read last, counted from 1.
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
    let (spelling, joined) = try lookUp(range)
    return Found(meaning: spelling.meaning, value: try value(of: spelling, joined: joined))
  }

  /// The option of a word, and what stands behind its `=`.
  private func lookUp(
    _ range: Range<Int>
  ) throws(GrammarError) -> (spelling: OptionSpelling, joined: Range<Int>?) {
    let text = words.bytes.span.extracting(range)
    let equals = text.firstIndex(of: equalsSign)
    guard let spelling = OptionTable.long(text.extracting(first: equals ?? text.count)) else {
      throw .words(.unknownOption(word, letter: nil))
    }
    return (spelling, equals.map { range.dropFirst($0 + 1) })
  }

  @inline(__always)
  private mutating func shortOption() throws(GrammarError) -> Found {
    let letters = bundle ?? 0..<0
    bundle = nil
    guard let letter = letters.first, let spelling = OptionTable.short(words.bytes[letter]) else {
      throw .words(.unknownOption(word, letter: letters.first.map { words.bytes[$0] }))
    }
    let rest = letters.dropFirst()
    guard let first = rest.first else {
      return try Found(meaning: spelling.meaning, value: value(of: spelling, joined: nil))
    }
    let isJoined = words.bytes[first] == equalsSign
    guard spelling.value == .none, !isJoined else {
      let joined = isJoined ? rest.dropFirst() : rest
      return try Found(meaning: spelling.meaning, value: value(of: spelling, joined: joined))
    }
    bundle = rest
    return Found(meaning: spelling.meaning, value: nil)
  }

  @inline(__always)
  private mutating func value(
    of spelling: OptionSpelling, joined: Range<Int>?
  ) throws(GrammarError) -> Value? {
    if let joined {
      guard spelling.value != .none else { throw .words(.unwantedArgument(word)) }
      return Value(range: joined, position: next)
    }
    switch spelling.value {
    case .none: return nil
    case .optional: return takeFreeWord()
    case .required:
      guard next < words.count else {
        throw .words(.missingArgument(word, option: ByteString(stringLiteral: spelling.long)))
      }
      next += 1
      return Value(range: words.ranges[next - 1], position: next)
    }
  }

  /// The rest of a bundle, or the next word if that is no option: a value for an option that has
  /// none by the table.
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
