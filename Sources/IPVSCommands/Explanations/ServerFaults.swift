internal import IPVSAddresses
internal import IPVSRules

/// Why the kernel takes a real server for invalid (`ip_vs_new_dest`, `ip_vs_add_dest`). It gives
/// one errno for all; the rule itself tells them apart.
enum ServerFaults {
  static func lines(for server: RealServer, of identity: ServiceIdentity) -> [String] {
    let address = server.endpoint.address
    if server.tunnel.kind == .gue, server.tunnel.port == 0 {
      return [
        "cause: a GUE tunnel without a port",
        "remedy: name the port on which the server decapsulates with --tun-port",
      ]
    }
    if address.family != identity.family {
      return mixed(server)
    }
    if let kind = kind(of: address) {
      return [
        "cause: \(address) is \(kind), and a real server needs an address of its own",
        "remedy: name the address of one machine with -r",
      ]
    }
    return [
      "cause: for the routing table of this network namespace \(address) is not the address of a "
        + "machine: a broadcast address of a local network, or no route at all",
      "remedy: see 'ip route get \(address)'; in a new namespace 'ip link set lo up' comes first",
    ]
  }

  private static func mixed(_ server: RealServer) -> [String] {
    server.forwarding == .tunneling
      ? [
        "cause: a server of another address family is not allowed while a sync daemon runs",
        "remedy: stop the daemon with --stop-daemon, or use a server of the service's family",
      ]
      : [
        "cause: service and server are of different address families",
        "remedy: use a tunnel (-i), or an address of the service's family",
      ]
  }

  private static func kind(of address: IPAddress) -> String? {
    if address.isUnspecified { return "the unspecified address" }
    if address.isMulticast { return "a multicast address" }
    switch address {
    case .v4(let address): return address.bits == .max ? "the broadcast address" : nil
    case .v6(let address): return address.bits >> 118 == 0x3fa ? "a link-local address" : nil
    }
  }
}
