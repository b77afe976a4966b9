// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules

/// A word that begins with `-`: what is typed, what it means, and with which commands it goes.
package struct OptionRow: Sendable {
  /// The parts of the text that `-h` prints, in its order.
  package enum Section: UInt8, Sendable {
    case commands
    case service
    case services
    case servers
    case listings
    case daemons
    case tables
    case draining
    case metrics
    case importing
    case explaining
    case doctor
    case anywhere
  }

  /// Whether a value follows, and of which kind.
  package enum Value: Hashable, Sendable {
    case none
    case text

    /// A number from the first to the second.
    case number(Int, Int)

    /// A number in the rest of the word, or in the next word if that does not begin with `-`.
    case optionalNumber(Int, Int)

    /// A text behind a `=` in the same word, or none: the next word is never taken.
    case joinedText

    /// A number behind a `=` in the same word, or none.
    case joinedNumber(Int, Int)
  }

  package enum Meaning: Hashable, Sendable {
    case command(CommandName)
    case service(TransportProtocol)
    case mark
    case ipv6
    case method(ForwardingMethod)
    case option(OptionName)
    case global(GlobalOption)

    /// Without effect, with every command, as often as one likes (`--sort`).
    case nothing

    /// The option that rules of commands are about.
    var option: OptionName? {
      switch self {
      case .service, .mark: .serviceAddress
      case .method: .forwardingMethod
      case .option(let name): name
      case .command, .ipv6, .global, .nothing: nil
      }
    }
  }

  package let section: Section

  /// The long name, without its dashes.
  package let long: StaticString

  /// The letters that mean the same, as bytes.
  let letter: UInt8?
  let otherLetter: UInt8?

  package let value: Value
  package let meaning: Meaning

  /// The commands that need the option, that may have it, and that may have it or one other that is
  /// exclusive with them.
  let required: CommandSet
  let optional: CommandSet
  let exclusive: CommandSet

  /// The commands that take the option as often as one likes, to select what they are about. Where they
  /// have it once, 1.31 may give it another meaning, or none: these are its columns above.
  let selecting: CommandSet

  /// The commands with which the option takes no value, whatever it takes with others.
  let bare: CommandSet

  /// The paragraph of the text that `-h` prints, without the end of its last line.
  package let help: StaticString

  /// Whether the names of the schedulers follow `help`.
  package let listsSchedulers: Bool

  init(
    _ section: Section, _ long: StaticString, _ letter: Unicode.Scalar?,
    or otherLetter: Unicode.Scalar? = nil, _ value: Value, _ meaning: Meaning,
    required: CommandSet = [], optional: CommandSet = [], exclusive: CommandSet = [],
    selecting: CommandSet = [], bare: CommandSet = [], help: StaticString,
    listsSchedulers: Bool = false
  ) {
    self.section = section
    self.long = long
    self.letter = letter.map { UInt8(ascii: $0) }
    self.otherLetter = otherLetter.map { UInt8(ascii: $0) }
    self.value = value
    self.meaning = meaning
    self.required = required
    self.optional = optional
    self.exclusive = exclusive
    self.selecting = selecting
    self.bare = bare
    self.help = help
    self.listsSchedulers = listsSchedulers
  }

  /// Whether there are rules about the option with a command.
  @inline(__always)
  func goes(with command: CommandName) -> Bool {
    required.union(optional).union(exclusive).union(selecting).contains(command)
  }

  /// The letters that mean the same.
  var letters: [Unicode.Scalar] {
    [letter, otherLetter].compactMap(\.self).map { Unicode.Scalar($0) }
  }

  /// The words that mean the option.
  package var words: [String] { letters.map { "-\($0)" } + ["--\(long)"] }

  /// What `-h` says of the option, in one line.
  package var meaningInShort: String {
    let name = "--\(long)"
    let words = "\(help)".split { $0 == " " || $0 == "\n" }
    return words.drop { $0 != name }.dropFirst().joined(separator: " ")
  }

  /// The option as it is typed: `-A (--add-service)`.
  var typed: String { letters.first.map { "-\($0) (--\(long))" } ?? "--\(long)" }

  /// The option's letter, or its long name if it has none: `-A`.
  var shortest: String { letters.first.map { "-\($0)" } ?? "--\(long)" }
}
