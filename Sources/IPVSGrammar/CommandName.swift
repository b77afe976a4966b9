// SPDX-License-Identifier: Apache-2.0

/// The commands of ipvsadm(8), by the word that messages use for them.
public enum CommandName: UInt8, Hashable, Sendable, CaseIterable {
  case addService
  case editService
  case deleteService
  case clear
  case list
  case addServer
  case deleteServer
  case editServer
  case setTimeouts
  case startDaemon
  case stopDaemon
  case restore
  case save
  case zero
  case check
  case diff
  case apply
  case undo
  case drain
  case undrain
  case metrics
  case monitor
  case importRules
  case explain
  case doctor
  case completion
  case help
  case version

  /// The word in messages: that of the long option, except for `--clear`.
  public var word: StaticString { self == .clear ? "flush" : (row?.long ?? "") }

  /// The command as it is typed: `-A (--add-service)`.
  public var typed: String { row?.typed ?? "" }

  /// The command's letter, or its long option if it has none: `-A`.
  public var shortest: String { row?.shortest ?? "" }

  private var row: OptionRow? {
    OptionTable.rows.first { if case .command(self) = $0.meaning { true } else { false } }
  }

  /// How many words that are no options follow the command: names of files, or a packet.
  var files: ClosedRange<Int> {
    switch self {
    case .check: 1...Int.max
    case .diff: 1...2
    case .apply: 1...1
    // The format may be left out, and is then the file.
    case .importRules: 0...1
    case .explain: 1...3
    case .completion: 0...Int.max
    default: 0...0
    }
  }

  /// Whether the command is about a whole table, or takes long, so that it is no line of restore input.
  var standsAlone: Bool {
    switch self {
    case .restore, .check, .diff, .apply, .undo, .drain, .undrain, .metrics, .monitor, .importRules,
      .explain, .doctor,
      .completion:
      true
    default: false
    }
  }

  /// Whether the command is carried out without IPVS, at least with some options, or looks for it
  /// itself.
  package var needsNoTable: Bool {
    switch self {
    case .check, .importRules, .explain, .doctor, .completion: true
    default: false
    }
  }

  /// Whether the command names a real server.
  var takesServer: Bool {
    switch self {
    case .addServer, .editServer, .deleteServer: true
    default: false
    }
  }
}

/// Several commands.
///
/// Members are computed, so that the rows of `OptionTable` are constants to the compiler.
struct CommandSet: OptionSet, Hashable, Sendable {
  /// The most commands that there can be.
  static let capacity = UInt32.bitWidth

  let rawValue: UInt32

  @inline(__always)
  init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  @inline(__always)
  private init(_ command: CommandName) {
    rawValue = 1 &<< UInt32(command.rawValue)
  }

  static var addService: CommandSet { CommandSet(.addService) }
  static var editService: CommandSet { CommandSet(.editService) }
  static var deleteService: CommandSet { CommandSet(.deleteService) }
  static var list: CommandSet { CommandSet(.list) }
  static var addServer: CommandSet { CommandSet(.addServer) }
  static var deleteServer: CommandSet { CommandSet(.deleteServer) }
  static var editServer: CommandSet { CommandSet(.editServer) }
  static var startDaemon: CommandSet { CommandSet(.startDaemon) }
  static var stopDaemon: CommandSet { CommandSet(.stopDaemon) }
  static var save: CommandSet { CommandSet(.save) }
  static var zero: CommandSet { CommandSet(.zero) }
  static var restore: CommandSet { CommandSet(.restore) }
  static var apply: CommandSet { CommandSet(.apply) }
  static var undo: CommandSet { CommandSet(.undo) }
  static var drain: CommandSet { CommandSet(.drain) }
  static var undrain: CommandSet { CommandSet(.undrain) }
  static var metrics: CommandSet { CommandSet(.metrics) }
  static var importRules: CommandSet { CommandSet(.importRules) }
  static var explain: CommandSet { CommandSet(.explain) }
  static var doctor: CommandSet { CommandSet(.doctor) }

  func contains(_ command: CommandName) -> Bool { contains(CommandSet(command)) }
}
