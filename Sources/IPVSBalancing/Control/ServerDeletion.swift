extension Balancer {
  /// Deletes a real server of a service. Its connections stay, and what they need of it stays in the
  /// trash.
  ///
  /// - Throws: ESRCH: no such service. ENOENT: the service has no such server.
  public mutating func deleteServer(
    _ key: ServerKey, of service: ServiceKey
  ) throws(Refusal) {
    guard let owner = servicePlaces[service] else { throw .serviceAbsent }
    let place = ServerPlace(service: owner, server: key)
    guard let index = serverPlaces[place] else { throw .absent }
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
    serverPlaces[ServerPlace(service: owner, server: key)] = nil
    servers[index].isAvailable = false
    if key.family != services[owner].key.family { mixedServers -= 1 }
    trash.put(index, key, of: services[owner].key)
    for unused in trash.overflow(servers) { servers.remove(unused) }
    serverDeleted(index)
  }

  /// Called when a server has become unavailable.
  mutating func serverDeleted(_ index: Slab<ServerRecord>.Index) {}

  /// Frees the records of servers that were deleted long ago and have no connections left; to be
  /// called once a minute (ip_vs_ctl.c, `ip_vs_dest_trash_expire`).
  mutating func collectTrash(at now: Instant) {
    for unused in trash.collect(servers, at: now) { servers.remove(unused) }
  }
}
