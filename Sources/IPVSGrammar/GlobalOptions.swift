// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// The options that go with every command and may be anywhere on a command line, before the command
/// too. They are about the run of the program: a line of restore input does not take them.
public enum GlobalOption: UInt8, Hashable, Sendable, CaseIterable {
  /// The socket of an engine that answers instead of the kernel.
  case engine

  /// The network namespace of the kernel's IPVS.
  case namespace

  /// Listings and errors as JSON.
  case json

  /// When to print in colors.
  case color

  /// Whether a word, perhaps with a value behind a `=`, is a global option.
  public static func isNamed(by word: ByteString) -> Bool {
    let typed = ByteString(word.bytes.prefix { $0 != UInt8(ascii: "=") })
    return OptionTable.rows.contains { row in
      guard case .global = row.meaning else { return false }
      return typed == ByteString("--\(row.long)")
    }
  }
}

/// When to print in colors, for people (`--color`).
public enum ColorChoice: String, Hashable, Sendable, CaseIterable {
  /// On a terminal, unless the environment has NO_COLOR.
  case auto
  case always
  case never
}

/// The values of the global options.
///
/// What is not given is kept as an empty text and a bit: to copy an optional text, the Swift runtime first
/// makes its type, which takes a quarter of a short run.
public struct GlobalOptions: Hashable, Sendable {
  private var given: UInt8 = 0
  private var enginePath = ByteString([])
  private var namespaceName = ByteString([])
  private var colorChoice = ColorChoice.auto

  /// The path of an engine's socket; nil where the kernel is asked.
  public var engine: ByteString? { has(.engine) ? enginePath : nil }

  /// The name or the path of the network namespace whose IPVS is asked; nil for that of the process.
  public var namespace: ByteString? { has(.namespace) ? namespaceName : nil }

  /// Listings and errors are printed as JSON.
  public var json: Bool { has(.json) }

  /// When to print in colors.
  public var color: ColorChoice { colorChoice }

  public init(engine: ByteString? = nil) {
    if let engine { set(.engine, to: engine) }
  }

  /// Takes an option from a command line, in place of an earlier value.
  ///
  /// - Parameter value: Empty where the option has none.
  mutating func set(_ option: GlobalOption, to value: ByteString) {
    given |= 1 << option.rawValue
    switch option {
    case .engine: enginePath = value
    case .namespace: namespaceName = value
    case .json: break
    case .color: colorChoice = ColorChoice(rawValue: value.description) ?? .auto
    }
  }

  private func has(_ option: GlobalOption) -> Bool { given >> option.rawValue & 1 != 0 }
}
