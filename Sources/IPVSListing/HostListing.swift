// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

/// Real servers by their machines, as `ipvsadm --list --by-server` prints them: each machine with the
/// services that it serves.
struct HostListing {
  /// How services and addresses are written.
  let table: TableListing

  private static let titles: StaticString = """
    RemoteAddress
      <- Prot LocalAddress:Port     Port  Forward Weight Want Share ActiveConn InActConn

    """

  /// Appends the machines; nothing where there are none.
  func append(_ hosts: [ServerHost], to output: inout TextBuffer) {
    guard !hosts.isEmpty else { return }
    output.append("\(Self.titles)")
    for host in hosts {
      table.text.append(host.address, to: &output)
      output.append("\n")
      for role in host.roles { append(role, to: &output) }
    }
  }

  private func append(_ role: ServerHost.Role, to output: inout TextBuffer) {
    let listed = role.server
    output.append("  <- ")
    output.left(26) { table.append(role.service.identity, to: &$0) }
    output.append(" ")
    output.left(5) { $0.append(listed.server.endpoint.port) }
    output.append(" ")
    output.left(7) { $0.append(listed.server.forwarding.spelling.listed) }
    output.append(" ")
    output.left(6) { $0.append(listed.server.weight.value) }
    output.append(" ")
    let wanted = Share(Double(listed.server.weight.value), of: Double(role.totalWeight))
    output.left(4) { $0.append(wanted) }
    output.append(" ")
    let share = Share(Double(listed.activeConnections), of: Double(role.totalActiveConnections))
    output.left(5) { $0.append(share) }
    output.append(" ")
    output.left(10) { $0.append(listed.activeConnections) }
    output.append(" ")
    output.append(listed.inactiveConnections)
    output.append("\n")
  }
}

extension TextBuffer {
  /// Appends `67%`; `-` where there is nothing to have a share of.
  fileprivate mutating func append(_ share: Share?) {
    guard let share else { return append("-") }
    append(share.percent)
    append("%")
  }
}
