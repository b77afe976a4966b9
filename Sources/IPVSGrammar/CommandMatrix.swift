/// Which options a command or a kind of tunnel needs, may have, and may have one of.
struct OptionRules {
  var required: OptionNames = []
  var optional: OptionNames = []

  /// At most one of these.
  var exclusive: OptionNames = []

  enum Fault {
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

/// What goes with which command (ipvsadm(8)).
enum CommandMatrix {
  private struct Row {
    let options: OptionNames
    var required: CommandSet = []
    var optional: CommandSet = []
    var exclusive: CommandSet = []
  }

  private static let rows: InlineArray<9, Row> = [
    Row(options: OptionNames([.numeric]), optional: CommandSet([.list, .save])),
    Row(
      options: OptionNames([.connection, .timeout, .daemon]), exclusive: CommandSet([.list])),
    Row(
      options: OptionNames([.serviceAddress]),
      required: .services.union(.servers).union(CommandSet([.deleteService, .deleteServer])),
      optional: CommandSet([.zero]), exclusive: CommandSet([.list])),
    Row(
      options: OptionNames(
        [.scheduler, .persistent, .netmask, .onePacket, .persistenceEngine, .schedulerFlags]),
      optional: .services),
    Row(
      options: OptionNames([.realServer]), required: .servers.union(CommandSet([.deleteServer]))),
    Row(
      options: OptionNames(
        [
          .forwardingMethod, .weight, .upperThreshold, .lowerThreshold, .tunnelKind, .tunnelPort,
          .tunnelNoChecksum, .tunnelChecksum, .tunnelRemoteChecksum,
        ]),
      optional: .servers),
    Row(
      options: OptionNames(
        [
          .multicastInterface, .multicastGroup, .multicastPort, .multicastTimeToLive,
          .syncMaximumLength,
        ]),
      optional: CommandSet([.startDaemon])),
    Row(
      options: OptionNames([.syncID]), optional: CommandSet([.list, .startDaemon, .stopDaemon])),
    Row(
      options: OptionNames(
        [.statistics, .rate, .thresholds, .persistentConnections, .noSort, .exact, .tunnelInfo]),
      optional: CommandSet([.list])),
  ]

  /// What goes with each command: its column of the matrix.
  private static let columns = InlineArray<16, OptionRules> { place in
    CommandName(rawValue: UInt8(place)).map(column) ?? OptionRules()
  }

  /// What goes with a command.
  static subscript(_ command: CommandName) -> OptionRules { columns[Int(command.rawValue)] }

  private static func column(_ command: CommandName) -> OptionRules {
    var rules = OptionRules()
    for index in rows.indices {
      let row = rows[index]
      if row.required.contains(command) { rules.required.formUnion(row.options) }
      if row.optional.contains(command) { rules.optional.formUnion(row.options) }
      if row.exclusive.contains(command) { rules.exclusive.formUnion(row.options) }
    }
    return rules
  }

  /// The commands that take an option, in the order of their names' first mention in ipvsadm(8).
  static func commands(taking option: OptionName) -> [CommandName] {
    CommandName.allCases.filter { command in
      let rules = self[command]
      return rules.required.union(rules.optional).union(rules.exclusive).contains(option)
    }
  }
}
