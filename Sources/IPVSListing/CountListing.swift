// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

/// Numbers of connections, as `ipvsadm --list --connection --count-by` prints them.
struct CountListing {
  /// How services and addresses are written.
  let table: TableListing

  /// Appends the numbers, the largest first; nothing where no connection was counted.
  func append(_ counts: ConnectionCounts, to output: inout TextBuffer) {
    guard !counts.isEmpty else { return }
    output.append("Connections  Templates  ")
    output.append(counts.key.title)
    output.append("\n")
    for (value, count) in counts.sorted {
      append(count, to: &output)
      append(value, to: &output)
      output.append("\n")
    }
    guard counts.others != ConnectionCounts.Count() else { return }
    append(counts.others, to: &output)
    output.append("others\n")
  }

  private func append(_ count: ConnectionCounts.Count, to output: inout TextBuffer) {
    output.right(11, count.connections)
    output.append("  ")
    output.right(9, count.templates)
    output.append("  ")
  }

  private func append(_ value: ConnectionCounts.Value, to output: inout TextBuffer) {
    switch value {
    case .state(let transport, let state):
      output.left(4) { $0.append(transport) }
      output.append(" ")
      output.append(state)
    case .server(let endpoint): table.text.append(endpoint, over: nil, to: &output)
    case .client(let address): table.text.append(address, to: &output)
    case .service(let identity?): table.append(identity, to: &output)
    case .scheduler(let name?): output.append(name.text)
    case .service(nil), .scheduler(nil): output.append("unknown")
    }
  }
}

extension ConnectionKey {
  fileprivate var title: String {
    switch self {
    case .state: "State"
    case .server: "Server"
    case .service: "Service"
    case .client: "Client"
    case .scheduler: "Scheduler"
    }
  }
}
