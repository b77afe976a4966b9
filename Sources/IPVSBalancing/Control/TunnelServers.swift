internal import IPVSAddresses

/// To which addresses tunnels lead, and of which kinds: the other ends of what an ICMP error may be about
/// (ip_vs_ctl.c, `ip_vs_find_tunnel`).
struct TunnelServers {
  private struct Place: Hashable {
    let server: UInt128
    let kind: UInt8
    let port: UInt16
  }

  /// How many services have the server.
  private var counts: [Place: Int] = [:]

  /// - Parameters:
  ///   - server: An address of IPv4.
  ///   - kind: `IP_VS_CONN_F_TUNNEL_TYPE_*`
  ///   - port: 0 unless the kind is GUE.
  func contains(_ server: UInt128, kind: UInt8, port: UInt16) -> Bool {
    counts[Place(server: server, kind: kind, port: port)] != nil
  }

  /// Notes that a server joins (`by` 1) or leaves (-1) its service, if it is one of IPv4 behind a tunnel.
  mutating func count(_ server: borrowing ServerRecord, by change: Int) {
    let settings = server.settings
    guard settings.isTunneled, server.key.family == .ipv4 else { return }
    // With a port that its kind has no use for, a tunnel is not found: the kernel compares it all the same.
    let place = Place(
      server: server.key.address, kind: settings.tunnelKind, port: settings.tunnelPort)
    counts[place, default: 0] += change
    if change < 0, counts[place] == 0 { counts[place] = nil }
  }
}
