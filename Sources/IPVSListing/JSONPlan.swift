// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSRules
package import IPVSText

extension JSONWriter {
  /// Writes the document of a plan: its changes in their order.
  package mutating func document(of report: PlanReport) {
    object { json in
      json.field("schema", JSONRenderer.schema)
      json.array("changes") { json in
        for step in report.steps { json.object { $0.fields(of: step) } }
      }
      json.array("drained") { json in
        for server in report.plan.stillDrained {
          json.object { json in
            json.field("service", server.service.words)
            json.field("server", server.endpoint.description)
          }
        }
      }
      json.field("equal", report.plan.counts.equal)
    }
    endLine()
  }

  /// Writes a document for each change of a plan: what `--monitor` saw.
  ///
  /// - Parameter time: When it was seen, in seconds since 1970.
  package mutating func documents(of report: PlanReport, time: Int) {
    for step in report.steps {
      object { json in
        json.field("schema", JSONRenderer.schema)
        json.field("time", time)
        json.object("change") { $0.fields(of: step) }
      }
      endLine()
    }
  }

  private mutating func fields(of step: PlanReport.Step) {
    let (action, object) = step.change.words
    field("action", word: action)
    field("object", word: object)
    field("service", step.change.service?.words)
    field("server", step.change.server?.description)
    self.object("fields") { json in
      for field in step.fields {
        json.array(field.key) { json in
          for value in [field.old, field.new] {
            if value == "none" {
              json.null()
            } else if field.isNumeric, let number = UInt64(value) {
              json.value(number)
            } else {
              json.value(value)
            }
          }
        }
      }
    }
    field("active_conns", optional: step.activeConnections)
    field("persistent_conns", optional: step.templates)
    var line = TextBuffer()
    PlanListing().append(step.change, to: &line)
    field("command", ByteString(line.bytes.dropLast()))
  }
}

extension ServiceIdentity {
  /// `tcp 192.0.2.10:80`, `fwmark 5`, `fwmark 5 inet6`.
  package var words: String {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport.word) \(endpoint)"
    case .mark(let mark, .ipv4): "fwmark \(mark)"
    case .mark(let mark, .ipv6): "fwmark \(mark) inet6"
    }
  }
}

extension Change {
  /// What is done, and to what.
  fileprivate var words: (action: StaticString, object: StaticString) {
    switch self {
    case .addService: ("add", "service")
    case .editService: ("edit", "service")
    case .deleteService, .flush: ("delete", "service")
    case .addServer: ("add", "server")
    case .editServer: ("edit", "server")
    case .deleteServer: ("delete", "server")
    case .setTimeouts: ("edit", "timeouts")
    case .startDaemon: ("add", "daemon")
    case .stopDaemon: ("delete", "daemon")
    case .zero: ("edit", "service")
    }
  }
}
