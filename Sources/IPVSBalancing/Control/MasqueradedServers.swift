/// Which addresses and ports are those of masqueraded servers, for packets that come from one of them
/// and belong to nothing (ip_vs_ctl.c, `ip_vs_has_real_service`).
///
/// Kept while somebody asks for it, which is seldom: it takes a third of the time of adding a server.
struct MasqueradedServers {
  private struct Place: Hashable {
    let server: ServerKey

    /// Nil: that of a service by mark, to which packets of any protocol may belong.
    let transport: UInt16?
  }

  /// Whether servers are noted.
  let isKept: Bool

  /// How many services have the server.
  private var counts: [Place: Int] = [:]

  init(isKept: Bool) { self.isKept = isKept }

  func contains(_ server: ServerKey, transport: UInt16) -> Bool {
    counts[Place(server: server, transport: transport)] != nil
      || counts[Place(server: server, transport: nil)] != nil
  }

  /// Notes that a server joins (`by` 1) or leaves (-1) its service, if it is masqueraded.
  mutating func count(
    _ server: borrowing ServerRecord, of service: ServiceKey, by change: Int
  ) {
    guard isKept, server.settings.forwarding == 0 else { return }
    let transport = service.mark == 0 ? service.transport : nil
    let place = Place(server: server.key, transport: transport)
    counts[place, default: 0] += change
    if change < 0, counts[place] == 0 { counts[place] = nil }
  }
}

extension Balancer {
  /// Begins or ends to note masqueraded servers, as the setting `nat_icmp_send` asks for it.
  mutating func keepMasqueradedServers() {
    masqueradedServers = MasqueradedServers(isKept: settings.natIcmpSend != 0)
    guard masqueradedServers.isKept else { return }
    var place = 0
    while let index = servers.next(from: place) {
      if servers[index].isAvailable, let owner = servers[index].owner {
        masqueradedServers.count(servers[index], of: services[owner].key, by: 1)
      }
      place = Int(index.value) + 1
    }
  }
}
