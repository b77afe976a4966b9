internal import IPVSAddresses

/// The real servers that were deleted, for as long as something names their records, and a while
/// longer: one that is added again goes on with its connections and counters.
struct Trash {
  private struct Place: Hashable {
    var service: ServiceKey
    let server: ServerKey
  }

  private struct Entry {
    let index: Slab<ServerRecord>.Index

    /// When it was first found without users.
    var idleSince: Instant?
  }

  /// How long a server without users stays (`IP_VS_DEST_TRASH_PERIOD`).
  private static var period: UInt64 { 120 * Instant.ticksPerSecond }

  /// So many servers may wait for that time. The kernel has no such bound, and needs none where each
  /// change costs it a system call.
  private static var limit: Int { 1 << 17 }

  private var entries: [Place: Entry] = [:]
  private var nextOverflow = Self.limit

  var count: Int { entries.count }

  mutating func put(
    _ index: Slab<ServerRecord>.Index, _ server: ServerKey, of service: ServiceKey
  ) {
    entries[Place(service: service, server: server)] = Entry(index: index)
  }

  /// Takes a server back for a service like the one that it was deleted from (ip_vs_ctl.c,
  /// `ip_vs_trash_get_dest`). Marks are compared without regard to the family.
  mutating func take(
    _ server: ServerKey, of service: ServiceKey
  ) -> Slab<ServerRecord>.Index? {
    var place = Place(service: service, server: server)
    if let entry = entries.removeValue(forKey: place) { return entry.index }
    guard service.mark != 0 else { return nil }
    place.service.family = service.family == .ipv4 ? .ipv6 : .ipv4
    return entries.removeValue(forKey: place)?.index
  }

  /// The tidying of each minute. Returns the servers whose time is up, which are in the trash no more.
  mutating func collect(
    _ servers: borrowing Slab<ServerRecord>, at now: Instant
  ) -> [Slab<ServerRecord>.Index] {
    var unused: [Slab<ServerRecord>.Index] = []
    var kept: [Place: Entry] = [:]
    for (place, entry) in entries {
      var entry = entry
      if servers[entry.index].users == 0 {
        if let start = entry.idleSince, now.ticks(since: start) >= Self.period {
          unused.append(entry.index)
          continue
        }
        if entry.idleSince == nil { entry.idleSince = now }
      }
      kept[place] = entry
    }
    entries = kept
    nextOverflow = Self.limit
    return unused
  }

  /// When there are far too many, the servers that nothing names; they are in the trash no more.
  mutating func overflow(_ servers: borrowing Slab<ServerRecord>) -> [Slab<ServerRecord>.Index] {
    guard entries.count > nextOverflow else { return [] }
    var unused: [Slab<ServerRecord>.Index] = []
    var kept: [Place: Entry] = [:]
    for (place, entry) in entries {
      if servers[entry.index].users == 0 { unused.append(entry.index) } else { kept[place] = entry }
    }
    entries = kept
    nextOverflow = max(Self.limit, 2 * entries.count)
    return unused
  }
}
