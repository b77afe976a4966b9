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
    NearestOption.to(word, among: OptionTable.spellings.map(\.long))
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
