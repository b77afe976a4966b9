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
  var rawValue: UInt16

  static let services = CommandSet([.addService, .editService])
  static let servers = CommandSet([.addServer, .editServer])

  init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  init<let count: Int>(_ commands: InlineArray<count, CommandName>) {
    rawValue = 0
    for index in commands.indices { rawValue |= 1 << commands[index].rawValue }
  }

  func contains(_ command: CommandName) -> Bool {
    rawValue >> command.rawValue & 1 != 0
  }
}
