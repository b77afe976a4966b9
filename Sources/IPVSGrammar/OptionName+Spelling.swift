public import IPVSText

extension OptionName {
  /// The options as they are typed: `-s (--scheduler)`, or several that exclude each other.
  public var typed: String {
    let spellings = OptionTable.spellings.filter { $0.meaning.option == self }
    let words = spellings.map { spelling in
      spellings.count == 1 ? spelling.both : spelling.shortest
    }
    return words.listed(with: "or")
  }

  /// The commands that take the option.
  public var commands: [CommandName] { CommandMatrix.commands(taking: self) }

  /// The long option nearest to a word that is none, if one is near.
  public static func suggestion(for word: ByteString) -> String? {
    let typed = word.bytes.drop { $0 == UInt8(ascii: "-") }.prefix { $0 != UInt8(ascii: "=") }
    guard typed.count > 1, typed.count < 32, word.hasPrefix("--") else { return nil }
    let near = OptionTable.spellings.map { ($0.long, distance(Array(typed), to: $0.long)) }
      .filter { $0.1 <= 1 + typed.count / 5 }
    return near.min { $0.1 < $1.1 }.map { "--\($0.0)" }
  }

  /// How many letters must be changed, added, taken away, or, at the end, completed as one.
  private static func distance(_ typed: [UInt8], to name: StaticString) -> Int {
    let name = name.withUTF8Buffer { Array($0) }
    if name.starts(with: typed) { return 0 }
    var row = Array(0...name.count)
    for (index, letter) in typed.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in name.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(changed, diagonal + 1, row[column] + 1)
      }
    }
    return row[name.count]
  }
}

extension CommandName {
  /// The command as it is typed: `-A (--add-service)`.
  public var typed: String { spelling?.both ?? "--\(word)" }

  /// The command's letter, or its long option if it has none: `-A`.
  public var shortest: String { spelling?.shortest ?? "--\(word)" }

  private var spelling: OptionSpelling? {
    OptionTable.spellings.first {
      if case .command(self) = $0.meaning { true } else { false }
    }
  }
}

extension OptionSpelling {
  fileprivate var both: String { short.map { "-\(Unicode.Scalar($0)) (--\(long))" } ?? "--\(long)" }

  fileprivate var shortest: String { short.map { "-\(Unicode.Scalar($0))" } ?? "--\(long)" }
}

extension OptionSpelling.Meaning {
  fileprivate var option: OptionName? {
    switch self {
    case .service, .mark: .serviceAddress
    case .method: .forwardingMethod
    case .option(let name): name
    case .command, .ipv6, .engine, .nothing: nil
    }
  }
}

extension [String] {
  /// `a`, `a and b`, or `a, b, and c`.
  public func listed(with conjunction: String) -> String {
    switch count {
    case 0: ""
    case 1: self[0]
    case 2: "\(self[0]) \(conjunction) \(self[1])"
    default: dropLast().joined(separator: ", ") + ", \(conjunction) \(self[count - 1])"
    }
  }
}
