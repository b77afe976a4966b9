// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers

/// The addresses and ports of masqueraded servers, for packets from one of them that belong to no
/// connection (ip_vs_ctl.c, `ip_vs_has_real_service`).
///
/// Only kept while `nat_icmp_send` is set, as it takes a third of the time of adding a server.
struct MasqueradedServers {
  private struct Key: Hashable {
    let server: ServerKey

    /// The protocol of the service; nil for a service by mark, which has packets of any protocol.
    let transport: UInt16?
  }

  /// Whether servers are recorded.
  let isKept: Bool

  /// How many services have the server.
  private var counts: [Key: Int] = [:]

  init(isKept: Bool) { self.isKept = isKept }

  func contains(_ server: ServerKey, transport: UInt16) -> Bool {
    counts[Key(server: server, transport: transport)] != nil
      || counts[Key(server: server, transport: nil)] != nil
  }

  /// Notes that a server joins (`by` 1) or leaves (-1) its service, if it is masqueraded.
  mutating func count(
    _ server: borrowing ServerRecord, of service: ServiceKey, by change: Int
  ) {
    guard isKept, server.settings.forwarding == ForwardingNumber.masquerading else { return }
    let transport = service.mark == 0 ? service.transport : nil
    let key = Key(server: server.key, transport: transport)
    counts[key, default: 0] += change
    if change < 0, counts[key] == 0 { counts[key] = nil }
  }
}

extension Balancer {
  /// Records the masqueraded servers, or none, as the setting `nat_icmp_send` requires.
  mutating func keepMasqueradedServers() {
    masqueradedServers = MasqueradedServers(isKept: settings.natIcmpSend != 0)
    guard masqueradedServers.isKept else { return }
    var key = 0
    while let index = servers.next(from: key) {
      if servers[index].isAvailable, let owner = servers[index].owner {
        masqueradedServers.count(servers[index], of: services[owner].key, by: 1)
      }
      key = Int(index.value) + 1
    }
  }
}

/// The endpoints and kinds of the tunnels to servers, to recognise ICMP errors about tunnelled packets
/// (ip_vs_ctl.c, `ip_vs_find_tunnel`).
struct TunnelServers {
  private struct Key: Hashable {
    let server: UInt128
    let kind: UInt8
    let port: UInt16
  }

  /// How many services have the server.
  private var counts: [Key: Int] = [:]

  /// - Parameters:
  ///   - server: An address of IPv4.
  ///   - kind: `IP_VS_CONN_F_TUNNEL_TYPE_*`
  ///   - port: 0 unless the kind is GUE.
  func contains(_ server: UInt128, kind: UInt8, port: UInt16) -> Bool {
    counts[Key(server: server, kind: kind, port: port)] != nil
  }

  /// Notes that a server joins (`by` 1) or leaves (-1) its service, if it is one of IPv4 behind a tunnel.
  mutating func count(_ server: borrowing ServerRecord, by change: Int) {
    let settings = server.settings
    guard settings.isTunneled, server.key.family == .ipv4 else { return }
    // As in the kernel, a port is compared even for kinds that do not use it: such tunnels are not found.
    let key = Key(
      server: server.key.address, kind: settings.tunnelKind, port: settings.tunnelPort)
    counts[key, default: 0] += change
    if change < 0, counts[key] == 0 { counts[key] = nil }
  }
}
