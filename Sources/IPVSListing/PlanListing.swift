// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSRules
package import IPVSText

/// A plan as lines that `--restore` carries out, with comments on what each replaces (ipvsadm(8),
/// `--dry-run`).
package struct PlanListing {
  private let lines = SaveListing(isFull: true)

  package init() {}

  /// - Parameter title: What the plan is for.
  package func append(_ report: PlanReport, title: String, to output: inout TextBuffer) {
    output.append("# plan for \(title): \(report.plan.counts.summary)\n")
    for server in report.plan.stillDrained {
      output.append("# \(server) is drained and keeps weight 0\n")
    }
    for step in report.steps {
      if let note = step.note { output.append("# \(note)\n") }
      append(step.change, to: &output)
    }
  }

  /// Appends the line that carries a change out.
  package func append(_ change: Change, to output: inout TextBuffer) {
    switch change {
    case .addService(let service): lines.append(service, by: "-A", to: &output)
    case .editService(let service): lines.append(service, by: "-E", to: &output)
    case .deleteService(let identity): append("-D", identity, to: &output)
    case .addServer(let server, to: let identity):
      lines.append(server, of: identity, by: "-a", to: &output)
    case .editServer(let server, of: let identity):
      lines.append(server, of: identity, by: "-e", to: &output)
    case .deleteServer(let endpoint, of: let identity):
      append("-d", identity, endpoint, to: &output)
    case .flush: output.append("-C\n")
    case .zero(let identity?): append("-Z", identity, to: &output)
    case .zero(nil): output.append("-Z\n")
    case .setTimeouts(let timeouts): lines.append(timeouts, to: &output)
    case .startDaemon(let daemon): lines.append(daemon, to: &output)
    case .stopDaemon(let role, let syncID):
      output.append("--stop-daemon \(role)\(syncID == 0 ? "" : " --syncid \(syncID)")\n")
    }
  }

  private func append(
    _ command: StaticString, _ identity: ServiceIdentity, _ server: Endpoint? = nil,
    to output: inout TextBuffer
  ) {
    output.append("\(command) ")
    lines.append(identity, to: &output)
    if let server { output.append(" -r \(server)") }
    output.append("\n")
  }
}

extension PlanReport.Step {
  /// What a change replaces or ends; nil where there is nothing to say.
  fileprivate var note: String? {
    let options = fields.map { $0.oldOption.isEmpty ? "\($0.name) \($0.old)" : $0.oldOption }
    if !options.isEmpty { return "was \(options.joined(separator: " "))" }
    return connectionNote.map { "has \($0)" }
  }

  /// `112 active connections and 9 persistence templates`; nil for none of either.
  fileprivate var connectionNote: String? {
    let parts = [
      activeConnections.flatMap { $0 == 0 ? nil : Int($0).counted("active connection") },
      templates.flatMap { $0 == 0 ? nil : Int($0).counted("persistence template") },
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: " and ")
  }
}

extension Plan.Counts {
  /// `1 server added, 1 server changed; 1,996 equal`.
  package var summary: String {
    let rows = [
      ("added", servicesAdded, serversAdded), ("changed", servicesChanged, serversChanged),
      ("deleted", servicesDeleted, serversDeleted),
    ]
    var parts = rows.compactMap { verb, services, servers -> String? in
      let nouns = [
        services == 0 ? nil : services.counted("service"),
        servers == 0 ? nil : servers.counted("server"),
      ].compactMap(\.self)
      return nouns.isEmpty ? nil : "\(nouns.joined(separator: " and ")) \(verb)"
    }
    if settings > 0 { parts.append("\(settings.counted("change")) of timeouts and daemons") }
    let changes = parts.isEmpty ? "nothing to change" : parts.joined(separator: ", ")
    return "\(changes); \(equal.grouped) equal"
  }
}

/// What a plan changes, for people: each service with its servers, and a sign before what is added (+),
/// deleted (-), or changed (~).
package struct DifferenceListing {
  package init() {}

  package func append(_ report: PlanReport, to output: inout TextBuffer) {
    for step in report.steps where step.change.service == nil { append(setting: step, to: &output) }
    var steps: [ServiceIdentity: [PlanReport.Step]] = [:]
    for step in report.steps {
      if let service = step.change.service { steps[service, default: []].append(step) }
    }
    for identity in steps.keys.sorted() {
      append(steps[identity] ?? [], of: identity, report.plan, to: &output)
    }
    for server in report.plan.stillDrained {
      output.append("# \(server) is drained and keeps weight 0\n")
    }
  }

  private func append(
    _ steps: [PlanReport.Step], of identity: ServiceIdentity, _ plan: Plan,
    to output: inout TextBuffer
  ) {
    var sign = " "
    var details = ""
    for step in steps {
      switch step.change {
      case .addService(let service):
        sign = "+"
        details = service.settingList
      case .deleteService:
        sign = "-"
        details = plan.present[identity]?.service.settingList ?? ""
        details += step.suffix
      case .editService:
        sign = "~"
        details = "  \(step.fieldList)"
      default: break
      }
    }
    let service = plan.present[identity]?.service ?? plan.result[identity]?.service
    let scheduler = service.map { " \($0.scheduler)" } ?? ""
    output.append("\(sign) \(identity)\(scheduler)\(details)\n")
    for step in steps { append(serversOf: step, to: &output) }
  }

  private func append(serversOf step: PlanReport.Step, to output: inout TextBuffer) {
    switch step.change {
    case .addServer(let server, to: _): append("+", server, to: &output)
    case .editServer(let server, of: _):
      output.append("~   \(server.endpoint)  \(step.fieldList)\n")
    case .deleteServer:
      for server in step.servers { append("-", server, note: step.suffix, to: &output) }
    case .deleteService: for server in step.servers { append("-", server, to: &output) }
    default: break
    }
  }

  private func append(
    _ sign: String, _ server: RealServer, note: String = "", to output: inout TextBuffer
  ) {
    output.append("\(sign)   \(server.settingList)\(note)\n")
  }

  private func append(setting step: PlanReport.Step, to output: inout TextBuffer) {
    switch step.change {
    case .setTimeouts(let timeouts):
      output.append("~ timeouts  \(step.fields.isEmpty ? "\(timeouts)" : step.fieldList)\n")
    case .startDaemon(let daemon): output.append("+ sync daemon \(daemon)\n")
    case .stopDaemon(let role, _): output.append("- sync daemon \(role)\n")
    default: break
    }
  }
}

/// Changes that were seen, a line each with its time (ipvsadm(8), `--monitor`): a sign as in
/// `DifferenceListing`, the service, the server, and old and new values.
package struct ChangeListing {
  private let isColored: Bool

  package init(isColored: Bool) {
    self.isColored = isColored
  }

  /// - Parameter time: When the changes were seen, as it is printed.
  package func append(_ report: PlanReport, time: String, to output: inout TextBuffer) {
    for step in report.steps {
      for (sign, text) in lines(of: step, report.plan) {
        var line = ScreenLine(isColored: isColored)
        line.append("\(time)  ")
        line.append("\(sign) \(text)", sign == "+" ? .good : sign == "-" ? .alarm : .warning)
        output.append(copying: line.text)
        output.append("\n")
      }
    }
  }

  private func lines(of step: PlanReport.Step, _ plan: Plan) -> [(sign: String, text: String)] {
    switch step.change {
    case .addService(let service):
      [("+", service.title)]
    case .editService(let service): [("~", "\(service.identity)  \(step.fieldList)")]
    case .deleteService(let identity):
      // The servers are gone with their service, of which the last line is.
      step.servers.map { ("-", "\(identity)  \($0.settingList)") } + [
        ("-", "\(plan.present[identity]?.service.title ?? "\(identity)")\(step.suffix)")
      ]
    case .addServer(let server, to: let identity): [("+", "\(identity)  \(server.settingList)")]
    case .editServer(let server, of: let identity):
      [("~", "\(identity)  \(server.endpoint)  \(step.fieldList)")]
    case .deleteServer(_, of: let identity):
      step.servers.map { ("-", "\(identity)  \($0.settingList)\(step.suffix)") }
    case .setTimeouts(let timeouts):
      [("~", "timeouts  \(step.fields.isEmpty ? "\(timeouts)" : step.fieldList)")]
    case .startDaemon(let daemon): [("+", "sync daemon \(daemon)")]
    case .stopDaemon(let role, _):
      (plan.present.daemons ?? []).filter { $0.role == role }.map { ("-", "sync daemon \($0)") }
    case .flush, .zero: []
    }
  }
}

extension RealServer {
  /// `10.0.0.14:8080  masq  weight 40`, and thresholds where there are any.
  fileprivate var settingList: String {
    var text = "\(endpoint)  \(forwarding.word)"
    if forwarding == .tunneling { text += " \(tunnel)" }
    text += "  weight \(weight)"
    if upperThreshold != 0 { text += "  upper threshold \(upperThreshold)" }
    if lowerThreshold != 0 { text += "  lower threshold \(lowerThreshold)" }
    return text
  }
}

extension VirtualService {
  /// `TCP 192.0.2.10:80 wlc  persistence 300`.
  fileprivate var title: String { "\(identity) \(scheduler)\(settingList)" }

  /// `  persistence 300  netmask 64`: what no new service has unless it is asked for, but the scheduler.
  fileprivate var settingList: String {
    VirtualService(identity, scheduler: scheduler).fields(to: self)
      .map { "  \($0.name) \($0.new)" }.joined()
  }
}

extension PlanReport.Step {
  /// `   (112 active connections)`; empty where there are none.
  fileprivate var suffix: String { connectionNote.map { "   (\($0))" } ?? "" }

  /// `weight 30 -> 40  upper threshold 0 -> 100`.
  fileprivate var fieldList: String {
    fields.map { "\($0.name) \($0.old) -> \($0.new)" }.joined(separator: "  ")
  }
}
