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
  case help
  case version

  /// The word in messages: that of the long option, except for `--clear`.
  public var word: StaticString {
    switch self {
    case .addService: "add-service"
    case .editService: "edit-service"
    case .deleteService: "delete-service"
    case .clear: "flush"
    case .list: "list"
    case .addServer: "add-server"
    case .deleteServer: "delete-server"
    case .editServer: "edit-server"
    case .setTimeouts: "set"
    case .startDaemon: "start-daemon"
    case .stopDaemon: "stop-daemon"
    case .restore: "restore"
    case .save: "save"
    case .zero: "zero"
    case .help: "help"
    case .version: "version"
    }
  }
}

/// Several commands.
struct CommandSet: OptionSet, Hashable, Sendable {
  let rawValue: UInt16

  static let services: CommandSet = [CommandSet(.addService), CommandSet(.editService)]
  static let servers: CommandSet = [CommandSet(.addServer), CommandSet(.editServer)]

  init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  init(_ commands: CommandName...) {
    rawValue = commands.reduce(0) { $0 | 1 << $1.rawValue }
  }

  func contains(_ command: CommandName) -> Bool {
    contains(CommandSet(rawValue: 1 << command.rawValue))
  }
}
