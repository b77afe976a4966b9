// SPDX-License-Identifier: Apache-2.0

@testable import IPVSBalancing

extension Balancer {
  private struct Sum: Equatable {
    var active: UInt32 = 0
    var inactive: UInt32 = 0
    var persistent: UInt32 = 0

    var all: UInt32 { active + inactive + persistent }
  }

  /// What is wrong with the books: each server's numbers are those of the connections that name it,
  /// and each template's that of its children.
  func audit() -> [String] {
    var faults: [String] = []
    var sums: [UInt32: Sum] = [:]
    var children: [UInt32: UInt32] = [:]
    var templates: [UInt32: UInt32] = [:]
    var slot: UInt32 = 0
    var count = 0
    while let index = connections.next(from: &slot) {
      let connection = connections[index]
      count += 1
      if connection.children > 0 || connection.isTemplate {
        templates[index.value] = connection.children
      }
      if let parent = connection.parent { children[parent.value, default: 0] += 1 }
      guard let server = connection.destination else { continue }
      if connection.isTemplate {
        sums[server.value, default: Sum()].persistent += 1
      } else if connection.flags.contains(.isInactive) {
        sums[server.value, default: Sum()].inactive += 1
      } else {
        sums[server.value, default: Sum()].active += 1
      }
    }
    if count != connections.count {
      faults.append("\(count) connections, counted \(connections.count)")
    }
    if templates.filter({ $0.value > 0 }) != children {
      faults.append("children \(children), counted \(templates)")
    }
    return faults + auditServers(sums)
  }

  private func auditServers(_ sums: [UInt32: Sum]) -> [String] {
    var faults: [String] = []
    var sums = sums
    var slot = 0
    while let index = servers.next(from: slot) {
      slot = Int(index.value) + 1
      let server = servers[index]
      let sum = sums.removeValue(forKey: index.value) ?? Sum()
      let counted = Sum(
        active: server.activeConnections, inactive: server.inactiveConnections,
        persistent: server.persistentConnections)
      if counted != sum { faults.append("server \(index): \(sum), counted \(counted)") }
      // Caches of schedulers name servers, too.
      if server.users < sum.all { faults.append("server \(index): \(server.users) users, \(sum)") }
    }
    if !sums.isEmpty { faults.append("connections of no server: \(sums)") }
    return faults
  }
}
