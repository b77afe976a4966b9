internal import IPVSAddresses

/// Where the real servers are that were deleted, for as long as something names their records, and a
/// while longer: one that is added again goes on with its connections and counters.
struct Trash {
  private struct Place: Hashable {
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

    /// Since when nothing names the record, as far as was noticed.
    var idleSince: Instant?
  }

  private var servers: [Place: Server] = [:]

  var count: Int { servers.count }

  mutating func put(
    _ index: Slab<ServerRecord>.Index, _ server: ServerKey, of service: borrowing ServiceRecord
  ) {
    servers[Place(service: service.key, server: server)] = Server(
      index: index, serial: service.serial)
  }

  /// Removes the servers for which `body` says so.
  mutating func removeAll(where body: (inout Server) -> Bool) {
    var kept: [Place: Server] = [:]
    for (place, var server) in servers where !body(&server) { kept[place] = server }
    servers = kept
  }

  /// Takes a server back for a service like the one that it was deleted from (ip_vs_ctl.c,
  /// `ip_vs_trash_get_dest`). Marks are compared without regard to the family.
  mutating func take(_ server: ServerKey, of service: ServiceKey) -> Server? {
    guard !servers.isEmpty else { return nil }
    var place = Place(service: service, server: server)
    if let server = servers.removeValue(forKey: place) { return server }
    guard service.mark != 0 else { return nil }
    place.service.family = service.family == .ipv4 ? .ipv6 : .ipv4
    return servers.removeValue(forKey: place)
  }
}
