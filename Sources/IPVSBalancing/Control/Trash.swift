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

  private var places: [Place: Slab<ServerRecord>.Index] = [:]

  var count: Int { places.count }

  mutating func put(
    _ index: Slab<ServerRecord>.Index, _ server: ServerKey, of service: ServiceKey
  ) {
    places[Place(service: service, server: server)] = index
  }

  mutating func remove(_ server: ServerKey, of service: ServiceKey) {
    places[Place(service: service, server: server)] = nil
  }

  /// Takes a server back for a service like the one that it was deleted from (ip_vs_ctl.c,
  /// `ip_vs_trash_get_dest`). Marks are compared without regard to the family.
  mutating func take(
    _ server: ServerKey, of service: ServiceKey
  ) -> Slab<ServerRecord>.Index? {
    guard !places.isEmpty else { return nil }
    var place = Place(service: service, server: server)
    if let index = places.removeValue(forKey: place) { return index }
    guard service.mark != 0 else { return nil }
    place.service.family = service.family == .ipv4 ? .ipv6 : .ipv4
    return places.removeValue(forKey: place)
  }
}
