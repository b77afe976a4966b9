// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// The deleted real servers whose records are still referenced, and for two minutes after that: a server
/// that is added again continues with its connections and counters.
struct Trash {
  private struct Key: Hashable {
    var service: ServiceKey
    let server: ServerKey
  }

  /// How long a server without users stays (`IP_VS_DEST_TRASH_PERIOD`).
  static let period: UInt64 = 120 * Instant.ticksPerSecond

  /// A server that was deleted.
  struct Server {
    let index: Slab<ServerRecord>.Index

    /// That of the service that it was deleted from.
    let serial: UInt64

    /// The time of the first collection at which nothing referenced the record.
    var idleSince: Instant?
  }

  private var servers: [Key: Server] = [:]

  var count: Int { servers.count }

  mutating func put(
    _ index: Slab<ServerRecord>.Index, _ server: ServerKey, of service: borrowing ServiceRecord
  ) {
    servers[Key(service: service.key, server: server)] = Server(
      index: index, serial: service.serial)
  }

  /// Removes the servers for which `body` says so.
  mutating func removeAll(where body: (inout Server) -> Bool) {
    var kept: [Key: Server] = [:]
    for (key, var server) in servers where !body(&server) { kept[key] = server }
    servers = kept
  }

  /// Takes a server back for a service like the one that it was deleted from (ip_vs_ctl.c,
  /// `ip_vs_trash_get_dest`). Marks are compared without regard to the family.
  mutating func take(_ server: ServerKey, of service: ServiceKey) -> Server? {
    guard !servers.isEmpty else { return nil }
    var key = Key(service: service, server: server)
    if let server = servers.removeValue(forKey: key) { return server }
    guard service.mark != 0 else { return nil }
    key.service.family = service.family == .ipv4 ? .ipv6 : .ipv4
    return servers.removeValue(forKey: key)
  }
}

extension Balancer {
  /// Deletes a real server of a service. Its connections stay, and what they need of it stays in the
  /// trash.
  ///
  /// - Throws: ESRCH: no such service. ENOENT: the service has no such server.
  public mutating func deleteServer(
    _ key: ServerKey, of service: ServiceKey
  ) throws(KernelError) {
    guard let owner = index(of: service) else { throw .serviceAbsent }
    guard let index = index(of: key, in: owner) else { throw .absent }
    if let position = services[owner].servers.firstIndex(of: index) {
      services[owner].servers.remove(at: position)
      discard(index, of: owner)
      notify(owner, .removed(index, position: position))
    }
  }

  /// Moves a server that is in no list any more to the trash.
  mutating func discard(
    _ index: Slab<ServerRecord>.Index, of owner: Slab<ServiceRecord>.Index
  ) {
    let key = servers[index].key
    serverIndex.remove(hash(key, in: owner), index.value)
    countAddresses(of: index, in: services[owner].key, by: -1)
    servers[index].isAvailable = false
    revision &+= 1
    if key.family != services[owner].key.family { mixedServers -= 1 }
    trash.put(index, key, of: services[owner])
    serverDeleted(index)
    if trash.count > trashLimit { tidyTrash() }
  }

  /// Called when a server has become unavailable.
  mutating func serverDeleted(_ index: Slab<ServerRecord>.Index) {
    if settings.expireNodestConn != 0 { startSweep() }
  }

  /// Frees the records of servers that were deleted long ago and have no users left; to be called once
  /// a minute (ip_vs_ctl.c, `ip_vs_dest_trash_expire`).
  mutating func collectTrash(at now: Instant) {
    free { server in
      if let start = server.idleSince { return now.ticks(since: start) >= Trash.period }
      server.idleSince = now
      return false
    }
    trashLimit = Self.leastTrashLimit
  }

  /// The trash is not emptied early below this number of servers. The kernel has no such bound.
  static var leastTrashLimit: Int { 1 << 17 }

  /// Frees the records of all deleted servers without users, however recently they were deleted.
  private mutating func tidyTrash() {
    free { _ in true }
    trashLimit = max(Self.leastTrashLimit, 2 * trash.count)
  }

  /// Frees those records of deleted servers without users for which `body` says so.
  private mutating func free(_ body: (inout Trash.Server) -> Bool) {
    var deleted = Trash()
    swap(&deleted, &trash)
    deleted.removeAll { server in
      guard servers[server.index].users == 0, body(&server) else { return false }
      serverTraffic.remove(server.index.value)
      servers.remove(server.index)
      return true
    }
    trash = deleted
  }
}
