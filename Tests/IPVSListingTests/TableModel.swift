// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules

/// A model of a director's table: changes go in, as far as they matter for a listing.
struct TableModel {
  var snapshot = Snapshot(
    kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096), services: [])
  var timeouts = Timeouts(tcp: 900, tcpFin: 120, udp: 300)

  /// Makes a change as the kernel does; one that the kernel would refuse has no effect.
  mutating func apply(_ change: Change) {
    switch change {
    case .addService(let service):
      if index(of: service.identity) == nil { snapshot.services.append(ListedService(service)) }
    case .editService(let service):
      edit(service.identity) { $0.service = service }
    case .deleteService(let identity):
      snapshot.services.removeAll { $0.service.identity == identity }
    case .addServer(let server, let identity):
      edit(identity) { service in
        guard !service.servers.contains(where: { $0.server.endpoint == server.endpoint }) else {
          return
        }
        service.servers.insert(ListedServer(server), at: 0)
      }
    case .editServer(let server, let identity):
      edit(identity) { service in
        for index in service.servers.indices
        where service.servers[index].server.endpoint == server.endpoint {
          service.servers[index].server = server
        }
      }
    case .deleteServer(let endpoint, let identity):
      edit(identity) { $0.servers.removeAll { $0.server.endpoint == endpoint } }
    case .flush:
      snapshot.services = []
    case .setTimeouts(let new):
      timeouts = Timeouts(
        tcp: new.tcp == 0 ? timeouts.tcp : new.tcp,
        tcpFin: new.tcpFin == 0 ? timeouts.tcpFin : new.tcpFin,
        udp: new.udp == 0 ? timeouts.udp : new.udp)
    case .zero, .startDaemon, .stopDaemon:
      break
    }
  }

  func service(_ identity: ServiceIdentity) -> ListedService? {
    snapshot.services.first { $0.service.identity == identity }
  }

  private func index(of identity: ServiceIdentity) -> Int? {
    snapshot.services.firstIndex { $0.service.identity == identity }
  }

  private mutating func edit(_ identity: ServiceIdentity, _ body: (inout ListedService) -> Void) {
    if let index = index(of: identity) { body(&snapshot.services[index]) }
  }
}
