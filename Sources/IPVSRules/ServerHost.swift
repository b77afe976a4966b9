// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// A machine by the address that services name it by, with what it does for each of them.
public struct ServerHost: Hashable, Sendable {
  /// A real server of the machine in one service.
  public struct Role: Hashable, Sendable {
    /// The service that it serves.
    public var service: VirtualService

    /// The server.
    public var server: ListedServer

    /// The weights of all servers of the service together.
    public var totalWeight: UInt64

    /// The active connections of all servers of the service together.
    public var totalActiveConnections: UInt64
  }

  /// The address of the machine.
  public var address: IPAddress

  /// The servers at the address, in the order of their services and ports.
  public var roles: [Role]
}

extension Snapshot {
  /// The real servers by their addresses, in ascending order.
  ///
  /// - Parameter filter: Which of them. Totals are those of all servers of a service.
  public func hosts(selecting filter: ListingFilter = ListingFilter()) -> [ServerHost] {
    var roles: [IPAddress: [ServerHost.Role]] = [:]
    for listed in services where filter.selects(listed.service) {
      let weight = listed.servers.reduce(0) { $0 + UInt64($1.server.weight.value.magnitude) }
      let active = listed.servers.reduce(0) { $0 + UInt64($1.activeConnections) }
      for server in listed.servers
      where filter.selects(ServerIdentity(server.server.endpoint, of: listed.service.identity)) {
        roles[server.server.endpoint.address, default: []].append(
          ServerHost.Role(
            service: listed.service, server: server, totalWeight: weight,
            totalActiveConnections: active))
      }
    }
    return roles.keys.sorted().map { address in
      ServerHost(
        address: address,
        roles: (roles[address] ?? []).sorted {
          ($0.service.identity, $0.server.server.endpoint)
            < ($1.service.identity, $1.server.server.endpoint)
        })
    }
  }
}
