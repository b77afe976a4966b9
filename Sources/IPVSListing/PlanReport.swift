// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules

/// A plan with what a reader needs to judge it: what each change replaces, and the connections that it
/// touches.
package struct PlanReport {
  /// One change of a plan.
  package struct Step {
    package let change: Change

    /// What an edit changes, in the order of options.
    package let fields: [FieldChange]

    /// The connections of what a change deletes; nil where they are not known.
    package let activeConnections: UInt32?
    package let templates: UInt32?

    /// The server that is deleted, or those of a service that is deleted.
    package let servers: [RealServer]
  }

  package let plan: Plan
  package let steps: [Step]

  /// - Parameters:
  ///   - plan: The plan.
  ///   - picture: The picture that the plan starts from; nil where it starts from a file.
  package init(_ plan: Plan, picture: Picture?) {
    self.plan = plan
    var services: [ServiceIdentity: ListedService] = [:]
    let touched = Set(plan.changes.compactMap(\.service))
    for listed in picture?.table.services ?? [] where touched.contains(listed.service.identity) {
      services[listed.service.identity] = listed
    }
    steps = plan.changes.map { Step($0, of: plan, among: services) }
  }
}

extension PlanReport.Step {
  fileprivate init(
    _ change: Change, of plan: Plan, among services: [ServiceIdentity: ListedService]
  ) {
    self.change = change
    var fields: [FieldChange] = []
    var deleted: [ListedServer]?
    var servers: [RealServer] = []
    switch change {
    case .editService(let service):
      fields = plan.present[service.identity].map { $0.service.fields(to: service) } ?? []
    case .editServer(let server, of: let identity):
      fields = plan.present.server(server.endpoint, of: identity)?.fields(to: server) ?? []
    case .deleteServer(let endpoint, of: let identity):
      deleted = services[identity]?.servers.filter { $0.server.endpoint == endpoint }
      servers = [plan.present.server(endpoint, of: identity)].compactMap(\.self)
    case .deleteService(let identity):
      deleted = services[identity]?.servers
      servers = plan.present[identity]?.servers ?? []
    case .setTimeouts(let timeouts):
      fields = plan.present.timeouts?.fields(to: timeouts) ?? []
    default: break
    }
    self.fields = fields
    self.servers = servers
    activeConnections = deleted.map { $0.reduce(0) { $0 &+ $1.activeConnections } }
    templates = deleted.map { $0.reduce(0) { $0 &+ $1.persistentConnections } }
  }
}

extension Change {
  /// The service that the change is about; nil where it is about none.
  package var service: ServiceIdentity? {
    switch self {
    case .addService(let service), .editService(let service): service.identity
    case .deleteService(let identity), .addServer(_, to: let identity),
      .editServer(_, of: let identity), .deleteServer(_, of: let identity):
      identity
    case .zero(let identity): identity
    case .flush, .setTimeouts, .startDaemon, .stopDaemon: nil
    }
  }

  /// The real server that the change is about; nil where it is about none.
  package var server: Endpoint? {
    switch self {
    case .addServer(let server, to: _), .editServer(let server, of: _): server.endpoint
    case .deleteServer(let endpoint, of: _): endpoint
    default: nil
    }
  }
}

/// A setting that an edit changes.
package struct FieldChange {
  /// `upper threshold`.
  package let name: StaticString

  /// The name in JSON: `u_threshold`.
  package let key: StaticString

  /// Whether both values are numbers.
  package let isNumeric: Bool

  /// Both values as texts.
  package let old: String
  package let new: String

  /// The options that ask for the old value: `-w 30`; empty where no option does.
  package let oldOption: String
}

/// A setting of a service or a server, as plans show it.
private struct Setting<Subject> {
  let name: StaticString
  let key: StaticString
  let isNumeric: Bool

  /// The text of its value; nil where there is none.
  let value: (Subject) -> String?

  /// The options that ask for the value.
  let option: (Subject) -> String

  /// - Parameter letter: The option that takes the value, such as `-w`.
  init(
    _ name: StaticString, _ key: StaticString, _ letter: StaticString, isNumeric: Bool = false,
    value: @escaping (Subject) -> String?
  ) {
    self.name = name
    self.key = key
    self.isNumeric = isNumeric
    self.value = value
    option = { subject in value(subject).map { "\(letter) \($0)" } ?? "" }
  }

  /// A setting whose options are words of their own.
  init(
    _ name: StaticString, _ key: StaticString, option: @escaping (Subject) -> String,
    value: @escaping (Subject) -> String?
  ) {
    self.name = name
    self.key = key
    isNumeric = false
    self.value = value
    self.option = option
  }

  /// The change from one value to another; nil where they are the same.
  func change(from old: Subject, to new: Subject) -> FieldChange? {
    let (before, after) = (value(old), value(new))
    guard before != after else { return nil }
    return FieldChange(
      name: name, key: key, isNumeric: isNumeric, old: before ?? "none", new: after ?? "none",
      oldOption: option(old))
  }
}

extension RealServer {
  private static var settings: [Setting<RealServer>] {
    [
      Setting(
        "method", "forward", option: { "\($0.forwarding.spelling.option)" },
        value: { $0.forwarding.word }),
      Setting("weight", "weight", "-w", isNumeric: true, value: { "\($0.weight)" }),
      Setting(
        "tunnel", "tunnel", option: { _ in "" },
        value: { $0.forwarding == .tunneling ? "\($0.tunnel)" : nil }),
      Setting(
        "upper threshold", "u_threshold", "-x", isNumeric: true, value: { "\($0.upperThreshold)" }),
      Setting(
        "lower threshold", "l_threshold", "-y", isNumeric: true, value: { "\($0.lowerThreshold)" }),
    ]
  }

  /// What differs in a server that takes the place of this one.
  package func fields(to new: RealServer) -> [FieldChange] {
    Self.settings.compactMap { $0.change(from: self, to: new) }
  }
}

extension ForwardingMethod {
  /// `masq`, `route`, `tunnel`, ...: the words of listings in small letters.
  package var word: String { "\(spelling.listed)".lowercased() }
}

extension VirtualService {
  private static var settings: [Setting<VirtualService>] {
    [
      Setting("scheduler", "scheduler", "-s", value: { "\($0.scheduler)" }),
      Setting(
        "scheduler flags", "sched_flags", "-b",
        value: { $0.hasSchedulerFlags ? $0.schedulerFlagNames.joined(separator: ",") : nil }),
      Setting(
        "persistence", "persistent", "-p", isNumeric: true,
        value: { $0.persistence.map { "\($0)" } }),
      Setting("netmask", "netmask", "-M", value: { "\($0.netmask)" }),
      Setting("persistence engine", "pe", "--pe", value: { $0.engine.map { "\($0)" } }),
      Setting(
        "one packet", "ops", option: { $0.flags.contains(.onePacket) ? "-o" : "" },
        value: { $0.flags.contains(.onePacket) ? "on" : nil }),
    ]
  }

  /// What differs in a service that takes the place of this one.
  package func fields(to new: VirtualService) -> [FieldChange] {
    Self.settings.compactMap { $0.change(from: self, to: new) }
  }
}

extension Timeouts {
  fileprivate func fields(to new: Timeouts) -> [FieldChange] {
    let rows: [(StaticString, UInt32, UInt32)] = [
      ("tcp", tcp, new.tcp), ("tcpfin", tcpFin, new.tcpFin), ("udp", udp, new.udp),
    ]
    return rows.filter { $0.2 != 0 && $0.1 != $0.2 }.map {
      FieldChange(
        name: $0.0, key: $0.0, isNumeric: true, old: "\($0.1)", new: "\($0.2)", oldOption: "")
    }
  }
}
