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

extension RealServer {
  /// What differs in a server that takes the place of this one.
  package func fields(to new: RealServer) -> [FieldChange] {
    var fields: [FieldChange] = []
    func note(
      _ name: StaticString, _ key: StaticString, _ option: (String) -> String,
      isNumeric: Bool = false, _ value: (RealServer) -> String
    ) {
      let (old, new) = (value(self), value(new))
      guard old != new else { return }
      fields.append(
        FieldChange(
          name: name, key: key, isNumeric: isNumeric, old: old, new: new, oldOption: option(old)))
    }
    let method = "\(forwarding.spelling.option)"
    note("method", "forward", { _ in method }) { $0.forwarding.word }
    note("weight", "weight", { "-w \($0)" }, isNumeric: true) { "\($0.weight)" }
    note("tunnel", "tunnel", { _ in "" }) {
      $0.forwarding == .tunneling ? "\($0.tunnel)" : "none"
    }
    note("upper threshold", "u_threshold", { "-x \($0)" }, isNumeric: true) {
      "\($0.upperThreshold)"
    }
    note("lower threshold", "l_threshold", { "-y \($0)" }, isNumeric: true) {
      "\($0.lowerThreshold)"
    }
    return fields
  }
}

extension ForwardingMethod {
  /// `masq`, `route`, `tunnel`, ...: the words of listings in small letters.
  package var word: String { "\(spelling.listed)".lowercased() }
}

extension VirtualService {
  /// What differs in a service that takes the place of this one.
  package func fields(to new: VirtualService) -> [FieldChange] {
    var fields: [FieldChange] = []
    func note(
      _ name: StaticString, _ key: StaticString, _ option: (String) -> String,
      isNumeric: Bool = false, _ value: (VirtualService) -> String?
    ) {
      let (old, new) = (value(self), value(new))
      guard old != new else { return }
      fields.append(
        FieldChange(
          name: name, key: key, isNumeric: isNumeric, old: old ?? "none", new: new ?? "none",
          oldOption: old.map(option) ?? ""))
    }
    note("scheduler", "scheduler", { "-s \($0)" }) { "\($0.scheduler)" }
    note("scheduler flags", "sched_flags", { "-b \($0)" }) {
      $0.hasSchedulerFlags ? $0.schedulerFlagNames.joined(separator: ",") : nil
    }
    note("persistence", "persistent", { "-p \($0)" }, isNumeric: true) {
      $0.persistence.map { "\($0)" }
    }
    note("netmask", "netmask", { "-M \($0)" }) { "\($0.netmask)" }
    note("persistence engine", "pe", { "--pe \($0)" }) { $0.engine.map { "\($0)" } }
    note("one packet", "ops", { _ in "-o" }) { $0.flags.contains(.onePacket) ? "on" : nil }
    return fields
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
