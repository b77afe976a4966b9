import IPVSText

/// Takes a line apart the way getopt(3) does: letters, alone or bundled, with joined or following
/// values, and the words that are neither, in any order.
struct AncestorScanner {
  enum Item {
    case option(AncestorOption, Word?)
    case leftover(Word)

    /// No option of that letter, or no value where one is needed.
    case unknown
  }

  private let words: [ByteString]
  private var next = 0
  private var bundle: ArraySlice<UInt8> = []
  private var optionsEnded = false

  /// - Parameter words: Those behind the name of the program.
  init(_ words: some Sequence<ByteString>) {
    self.words = Array(words)
  }

  mutating func nextItem() -> Item? {
    while bundle.isEmpty {
      guard next < words.count else { return nil }
      let word = words[next]
      next += 1
      if optionsEnded || word.count < 2 || word.bytes[0] != dash {
        return .leftover(Word(word, at: next))
      }
      if word.bytes == [dash, dash] {
        optionsEnded = true
      } else {
        bundle = word.bytes.dropFirst()
      }
    }
    guard let option = bundle.popFirst().flatMap(AncestorOption.init) else { return .unknown }
    guard option.takesValue else { return .option(option, nil) }
    if !bundle.isEmpty {
      defer { bundle = [] }
      return .option(option, Word(ByteString(bundle), at: next))
    }
    guard next < words.count else { return .unknown }
    next += 1
    return .option(option, Word(words[next - 1], at: next))
  }
}

private let dash = UInt8(ascii: "-")
