// SPDX-License-Identifier: Apache-2.0

package import IPVSText

/// A command or an option of ipvsadm(8) as it can be typed.
package struct KnownOption: Hashable, Sendable {
  package enum Meaning: Hashable, Sendable {
    case command(CommandName)
    case option(OptionName)

    /// An option of every command, such as `--engine`.
    case global

    /// `-6`, which belongs to a firewall mark.
    case ipv6
  }

  package let letter: UInt8?

  /// The long name, without its dashes.
  package let long: ByteString
  package let meaning: Meaning
  package let takesValue: Bool

  /// Every command and option, in the order of the help text.
  package static let all = OptionTable.rows.map(KnownOption.init)

  init(_ row: OptionRow) {
    letter = row.letters.first.map { UInt8(ascii: $0) }
    long = ByteString(stringLiteral: row.long)
    takesValue = row.value != .none
    meaning =
      switch row.meaning {
      case .command(let name): .command(name)
      case .service, .mark: .option(.serviceAddress)
      case .method: .option(.forwardingMethod)
      case .option(let name): .option(name)
      case .ipv6: .ipv6
      case .global, .nothing: .global
      }
  }

  /// `-A`, or the long form where there is no letter.
  package var shortest: ByteString {
    letter.map { ByteString([UInt8(ascii: "-"), $0]) } ?? ByteString("--".utf8 + long.bytes)
  }
}

/// The options of a line as they were typed, for texts about the line.
package struct TypedLine {
  package struct Item {
    package let option: KnownOption
    package let value: ByteString?

    /// The number of the word with the option, counted from 1.
    package let position: Int

    /// The number of the word with the value, or with the option where there is none.
    package let valuePosition: Int
  }

  package let words: [ByteString]

  /// The options and their values, up to the first word that is read as an option and is none.
  package private(set) var items: [Item] = []

  package init(_ words: Words) {
    self.words = words.copies
    var scanner = ArgumentScanner(words, takesGlobals: true)
    while let found = try? scanner.nextOption() {
      if scanner.command == nil, case .command(let name) = found.meaning { scanner.command = name }
      let isSeparate = found.value.map { words.ranges[$0.position - 1] == $0.range } ?? false
      items.append(
        Item(
          option: KnownOption.all[found.index], value: found.value.map { scanner.text($0).text },
          position: scanner.position - (isSeparate ? 1 : 0), valuePosition: scanner.position))
    }
  }

  /// The first option that is not global.
  package var first: KnownOption? { items.first { $0.option.meaning != .global }?.option }

  /// The first command, wherever it is in the line.
  package var command: KnownOption? {
    for item in items { if case .command = item.option.meaning { return item.option } }
    // One whose value is missing is the last word, and no option with its value.
    return KnownOption.all.first { option in
      guard case .command = option.meaning, option.takesValue else { return false }
      return words.last == ByteString("--".utf8 + option.long.bytes)
    }
  }

  /// The number of the word that names an option, or of the first word where none does.
  func position(of option: OptionName, atValue: Bool = false) -> Int {
    let item = items.first { $0.option.meaning == .option(option) }
    return (atValue ? item?.valuePosition : item?.position) ?? 1
  }

  /// Whether the line names an option.
  package func names(_ option: OptionName) -> Bool {
    items.contains { $0.option.meaning == .option(option) }
  }

  /// The value that the line gives to an option.
  package func value(of option: OptionName) -> ByteString? {
    items.first { $0.option.meaning == .option(option) }?.value
  }
}
