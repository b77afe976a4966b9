// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers

extension ServerSettings {
  /// The kernel's checks of a server's settings, in its order (ip_vs_ctl.c, `ip_vs_add_dest`).
  fileprivate func check(_ director: Settings) throws(KernelError) {
    guard weight >= 0, lowerThreshold <= upperThreshold else { throw .outOfRange }
    guard director.countsAsOlderKernels || upperThreshold <= Int32.max else { throw .invalid }
    guard tunnelKind != TunnelNumber.gue || tunnelPort != 0 else { throw .invalid }
  }
}

extension Balancer {
  /// Adds a real server at the head of a service's list (ip_vs_ctl.c, `ip_vs_add_dest`). One that was
  /// deleted from this service and is still in the trash comes back with its connections.
  ///
  /// - Throws: ESRCH: no such service. EINVAL: another family than the service's, but no tunnel, or a
  ///   sync daemon runs. ERANGE: a negative weight, or a lower threshold above the upper one. EINVAL:
  ///   an upper threshold above 2147483647, or a GUE tunnel without a port. EEXIST: the service has
  ///   it. EINVAL: the address is not one of a host. ENOMEM: there is no room for it.
  public mutating func addServer(
    _ key: ServerKey, to service: ServiceKey, _ new: ServerSettings, _ addresses: any AddressKinds
  ) throws(KernelError) {
    guard let owner = index(of: service) else { throw .serviceAbsent }
    try checkFamily(key, of: service, new)
    try new.check(settings)
    guard index(of: key, in: owner) == nil else { throw .exists }
    let index: Slab<ServerRecord>.Index
    if let known = trash.take(key, of: service) {
      index = known.index
      servers[index].isAvailable = true
      servers[index].apply(new, settings)
      servers[index].lastWeight = new.weight
      if known.serial != services[owner].serial { serverTraffic.zero(index.value) }
    } else {
      guard addresses.kind(of: key.address, key.family).isHost else { throw .invalid }
      index = servers.insert(ServerRecord(key, new))
      serverTraffic.add(index.value)
    }
    servers[index].owner = owner
    guard serverIndex.insert(hash(key, in: owner), index.value) else {
      servers[index].isAvailable = false
      trash.put(index, key, of: services[owner])
      throw .exhausted
    }
    countAddresses(of: index, in: service, by: 1)
    if key.family != service.family { mixedServers += 1 }
    services[owner].servers.insert(index, at: 0)
    revision &+= 1
    notify(owner, .added(index))
  }

  /// Replaces the settings of a real server. Its position in the list and its connections stay.
  ///
  /// - Throws: ESRCH, EINVAL, ERANGE: as `addServer`. ENOENT: the service has no such server.
  public mutating func editServer(
    _ key: ServerKey, of service: ServiceKey, _ new: ServerSettings
  ) throws(KernelError) {
    guard let owner = index(of: service) else { throw .serviceAbsent }
    try checkFamily(key, of: service, new)
    try new.check(settings)
    guard let index = index(of: key, in: owner) else { throw .absent }
    countAddresses(of: index, in: service, by: -1)
    servers[index].apply(new, settings)
    countAddresses(of: index, in: service, by: 1)
    revision &+= 1
    notify(owner, .edited(index))
  }

  /// Updates the tables of server addresses, as a server joins (`by` 1) or leaves (-1) a service.
  mutating func countAddresses(
    of index: Slab<ServerRecord>.Index, in service: ServiceKey, by change: Int
  ) {
    masqueradedServers.count(servers[index], of: service, by: change)
    tunnelServers.count(servers[index], by: change)
  }

  /// A service's servers may have the other family only behind tunnels, and only where no connection
  /// is told to other directors, whose messages cannot say so.
  private func checkFamily(
    _ key: ServerKey, of service: ServiceKey, _ settings: ServerSettings
  ) throws(KernelError) {
    guard key.family != service.family else { return }
    guard daemons.isEmpty, settings.isTunneled else { throw .invalid }
  }
}

/// A real server as it is listed.
public struct ServerReport: Hashable, Sendable {
  /// What identifies the server within its service.
  public let key: ServerKey

  /// The server's settings.
  public let settings: ServerSettings

  /// Connections in a state in which data flows.
  public let activeConnections: UInt32

  /// All other connections, templates not counted.
  public let inactiveConnections: UInt32

  /// Persistence templates.
  public let persistentConnections: UInt32

  /// Counters and rates, as of the last job of statistics.
  public let statistics: TrafficReport

  fileprivate init(_ record: borrowing ServerRecord, _ statistics: TrafficReport) {
    key = record.key
    settings = record.settings
    activeConnections = record.activeConnections
    inactiveConnections = record.inactiveConnections
    persistentConnections = record.persistentConnections
    self.statistics = statistics
  }
}

extension Balancer {
  /// Calls `body` with each server of a service, the last added first. Where it returns false the
  /// listing stops, and goes on with the same position in a later call. Nothing is listed where there
  /// is no such service.
  ///
  /// As in the kernel's dumps, a position counts from the head of the list: a server that is added
  /// while a listing is under way makes it list one twice, and one that is deleted may hide one.
  ///
  /// - Returns: whether all servers are listed.
  public borrowing func forEachServer(
    of key: ServiceKey, from position: inout Int, _ body: (ServerReport) -> Bool
  ) -> Bool {
    guard let service = index(of: key) else { return true }
    while position < services[service].servers.count {
      let server = services[service].servers[position]
      let statistics = serverTraffic.report(server.value)
      guard body(ServerReport(servers[server], statistics)) else { return false }
      position += 1
    }
    return true
  }
}
