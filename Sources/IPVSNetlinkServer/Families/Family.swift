// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// A generic netlink family as the controller describes it.
struct Family {
  struct Operation {
    let command: UInt8

    /// `ControllerFamily.Trait`
    let traits: UInt32

    /// The rules for its attributes, and whether dump requests are validated too.
    var policy: [Demand] = []
    var checksDumps = false

    func has(_ trait: UInt32) -> Bool { traits & trait != 0 }
  }

  /// The rule for one attribute.
  struct Demand {
    let number: UInt16
    let rule: AttributeRule

    static func all<Key: CheckedAttribute>(of keys: [Key]) -> [Demand] {
      keys.map { Demand(number: $0.rawValue, rule: $0.rule) }
    }
  }

  struct Group {
    let name: String
    let number: UInt32
  }

  let number: UInt16
  let name: String
  let version: UInt32
  let attributeCount: UInt32
  let operations: [Operation]
  var groups: [Group] = []

  /// All families, by number.
  static let all = [controller, ipvs, engine]

  private typealias Key = ControllerFamily.Part

  private static let controller = Family(
    number: ControllerFamily.number, name: ControllerFamily.name,
    version: UInt32(ControllerFamily.version), attributeCount: 0,
    operations: [
      Operation(
        command: ControllerFamily.Command.getFamily.rawValue,
        traits: ControllerFamily.Trait.answersOnce | ControllerFamily.Trait.dumps
          | ControllerFamily.Trait.hasPolicy, policy: Demand.all(of: [Key.number, Key.name])),
      Operation(
        command: ControllerFamily.Command.getPolicy.rawValue,
        traits: ControllerFamily.Trait.dumps | ControllerFamily.Trait.hasPolicy,
        policy: Demand.all(of: [Key.number, Key.name, Key.operation]), checksDumps: true),
    ], groups: [Group(name: "notify", number: UInt32(ControllerFamily.number))])

  /// The kernel numbers families in the order of registration; this is the recorded machine's number.
  private static let ipvs = Family(
    number: 28, name: IPVSFamily.name, version: UInt32(IPVSFamily.version), attributeCount: 6,
    operations: IPVSFamily.operations)

  static let engine = Family(
    number: 29, name: EngineFamily.name, version: UInt32(EngineFamily.version), attributeCount: 4,
    operations: [
      (EngineFamily.Command.getConnections, ControllerFamily.Trait.dumps),
      (.getGeneration, ControllerFamily.Trait.answersOnce),
      (.getTotals, ControllerFamily.Trait.dumps),
      (.getSettings, ControllerFamily.Trait.answersOnce),
    ].map { command, answers in
      Operation(
        command: command.rawValue, traits: ControllerFamily.Trait.takesAdministrator | answers)
    })
}

extension IPVSFamily {
  private static let oneAnswer = ControllerFamily.Trait.answersOnce
  private static let dump = ControllerFamily.Trait.dumps

  /// The commands (ip_vs_ctl.c, `ip_vs_genl_ops`). `setInfo` occurs in replies only.
  fileprivate static let operations: [Family.Operation] = [
    (.newService, oneAnswer), (.setService, oneAnswer), (.deleteService, oneAnswer),
    (.getService, oneAnswer | dump), (.newServer, oneAnswer), (.setServer, oneAnswer),
    (.deleteServer, oneAnswer), (.getServer, dump), (.newDaemon, oneAnswer),
    (.deleteDaemon, oneAnswer), (.getDaemon, dump), (.setTimeouts, oneAnswer),
    (.getTimeouts, oneAnswer), (.getInfo, oneAnswer), (.zero, oneAnswer), (.flush, oneAnswer),
  ].map { (command: Command, answers: UInt32) in
    Family.Operation(
      command: command.rawValue,
      traits: ControllerFamily.Trait.takesAdministrator | answers
        | ControllerFamily.Trait.hasPolicy,
      policy: Family.Demand.all(of: Part.allCases))
  }
}
