// SPDX-License-Identifier: Apache-2.0

public import IPVSRules

/// One element for each option, at its raw value.
typealias PerOption<Element> = InlineArray<128, Element>

/// Several options.
struct OptionNames: OptionSet, Hashable, Sendable {
  /// The most options that there can be: as many as `PerOption` has elements.
  static let capacity = UInt128.bitWidth

  var rawValue: UInt128

  init(rawValue: UInt128) {
    self.rawValue = rawValue
  }

  /// An `InlineArray`, since the type of an array of options would first have to be made at run time.
  @inline(__always)
  init<let count: Int>(_ options: InlineArray<count, OptionName>) {
    rawValue = 0
    for index in options.indices { insert(options[index]) }
  }

  /// The first in the order of `OptionName`.
  var first: OptionName? { OptionName(rawValue: UInt8(rawValue.trailingZeroBitCount)) }

  func contains(_ option: OptionName) -> Bool {
    rawValue &>> UInt128(option.rawValue) & 1 != 0
  }

  mutating func insert(_ option: OptionName) {
    rawValue |= 1 &<< UInt128(option.rawValue)
  }
}

/// Which options a command or a kind of tunnel needs, may have, and may have one of.
struct OptionRules {
  var required: OptionNames = []
  var optional: OptionNames = []

  /// At most one of these.
  var exclusive: OptionNames = []

  /// These as often as one likes, to select what the command is about.
  var selecting: OptionNames = []

  enum Fault: Hashable {
    case missing(OptionName)
    case illegal(OptionName)
    case exclusive(OptionName, with: OptionName)
  }

  /// The first fault in the order of the options (ipvsadm.c, `generic_opt_check`).
  func fault(in given: OptionNames) -> Fault? {
    let legal = required.union(optional).union(exclusive)
    let isGood =
      required.isSubset(of: given) && given.isSubset(of: legal)
      && given.intersection(exclusive).rawValue.nonzeroBitCount <= 1
    guard !isGood else { return nil }
    var earlier: OptionName?
    for option in OptionName.allCases {
      guard given.contains(option) else {
        if required.contains(option) { return .missing(option) }
        continue
      }
      guard legal.contains(option) else { return .illegal(option) }
      guard exclusive.contains(option) else { continue }
      if let earlier { return .exclusive(option, with: earlier) }
      earlier = option
    }
    return nil
  }
}

extension OptionRules {
  // Restore input has thousands of lines of these.
  private static let addService = OptionRules(columnOf: .addService)
  private static let addServer = OptionRules(columnOf: .addServer)

  /// A column of `OptionTable`: what goes with a command.
  private init(columnOf command: CommandName) {
    for index in OptionTable.table.indices where OptionTable.table[index].goes(with: command) {
      guard let option = OptionTable.table[index].meaning.option else { continue }
      if OptionTable.table[index].required.contains(command) { required.insert(option) }
      if OptionTable.table[index].optional.contains(command) { optional.insert(option) }
      if OptionTable.table[index].exclusive.contains(command) { exclusive.insert(option) }
      if OptionTable.table[index].selecting.contains(command) { selecting.insert(option) }
    }
  }

  /// What goes with a command.
  static subscript(_ command: CommandName) -> OptionRules {
    switch command {
    case .addService: addService
    case .addServer: addServer
    default: OptionRules(columnOf: command)
    }
  }

  /// What goes with a kind of tunnel (ipvsadm(8), `--tun-type`).
  static subscript(_ kind: Tunnel.Kind) -> OptionRules {
    switch kind {
    case .gue:
      OptionRules(
        required: OptionNames([.tunnelPort]),
        exclusive: OptionNames([.tunnelNoChecksum, .tunnelChecksum, .tunnelRemoteChecksum]))
    case .gre: OptionRules(exclusive: OptionNames([.tunnelNoChecksum, .tunnelChecksum]))
    default: OptionRules()
    }
  }
}

extension OptionNames {
  /// The options that describe a tunnel, its kind included.
  static let tunnel = OptionNames([.tunnelKind]).union(tunnelDetails)

  /// The options that depend on the kind of a tunnel.
  static let tunnelDetails = OptionNames(
    [.tunnelPort, .tunnelNoChecksum, .tunnelChecksum, .tunnelRemoteChecksum])
}

extension Tunnel.Kind {
  /// The kinds by the words of the command line.
  package static let words: InlineArray<_, (word: StaticString, kind: Tunnel.Kind)> = [
    ("ipip", .ipip), ("gue", .gue), ("gre", .gre),
  ]

  /// The word of the command line for the kind.
  public var word: StaticString {
    for index in Self.words.indices where Self.words[index].kind == self {
      return Self.words[index].word
    }
    return "unknown"
  }
}
