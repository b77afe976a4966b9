// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

// Real servers by their machines, and numbers of connections.

extension JSONRenderer {
  func append(_ hosts: [ServerHost], of kernel: KernelInfo, to json: inout JSONWriter) {
    append(kernel, to: &json)
    json.array("hosts") { json in
      for host in hosts {
        json.object { json in
          json.field("family", word: host.address.family.word)
          json.field("address", host.address.description)
          json.array("roles") { json in
            for role in host.roles { json.object { append(role, to: &$0) } }
          }
        }
      }
    }
  }

  private func append(_ role: ServerHost.Role, to json: inout JSONWriter) {
    let identity = role.service.identity
    json.object("service") { json in
      json.fields(of: identity)
      json.field("scheduler", role.service.scheduler.text)
      json.field("total_weight", role.totalWeight)
      json.field("total_active_conns", role.totalActiveConnections)
    }
    json.object("server") { append(role.server, of: identity, to: &$0) }
  }
}

extension JSONWriter {
  mutating func fields(of counts: ConnectionCounts) {
    field("count_by", counts.key.rawValue)
    array("counts") { json in
      for (value, count) in counts.sorted {
        json.object { json in
          json.fields(of: value)
          json.fields(of: count)
        }
      }
    }
    object("others") { $0.fields(of: counts.others) }
  }

  private mutating func fields(of count: ConnectionCounts.Count) {
    field("conns", count.connections)
    field("templates", count.templates)
  }

  private mutating func fields(of value: ConnectionCounts.Value) {
    switch value {
    case .state(let transport, let state):
      field("protocol", transport.description.lowercased())
      field("state", state.description.lowercased())
    case .server(let endpoint): field("server", endpoint)
    case .client(let address): object("client") { $0.field("address", address.description) }
    case .service(let identity?): object("service") { $0.fields(of: identity) }
    case .service(nil): field("service", nil as String?)
    case .scheduler(let name): field("scheduler", name?.text)
    }
  }
}
