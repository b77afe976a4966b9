// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSGrammar
package import IPVSHost
package import IPVSRules
package import IPVSText

/// What was read of a real server once, for all rules.
package struct RealServerFacts: ExaminedFacts, Sendable {
  /// Why a source was not read.
  package var gaps: [Source: String] = [:]

  /// The host.
  package var host = HostFacts()

  /// What the command line says of the server.
  package var request: RealServerRequest

  /// The rules of the firewall.
  package var firewall = FirewallFacts()

  /// Where the kernel unpacks packets that come in UDP.
  package var fouPorts: [FOUPort] = []

  /// Makes facts of a server of which nothing was read.
  package init(_ request: RealServerRequest) {
    self.request = request
  }
}

extension RealServerFacts {
  /// Stands for clients that are beyond a router: 6to4 relays, which are no more (RFC 7526), and
  /// the first address of the unicast space.
  package static func farClient(of family: AddressFamily) -> IPAddress {
    switch family {
    case .ipv4: .v4(IPv4Address(0xc058_6301))
    case .ipv6: .v6(IPv6Address(UInt128(0x2000) << 112 | 1))
    }
  }

  /// The kinds of links that unpack packets of a kind of tunnel. What comes in GUE is IP in IP
  /// behind its header.
  package static func linkKinds(of tunnel: Tunnel.Kind) -> [ByteString] {
    tunnel == .gre ? ["gre", "gretap", "ip6gre", "ip6gretap"] : ["ipip", "sit", "ip6tnl"]
  }

  /// The kinds of all links that unpack.
  private static let tunnelKinds =
    linkKinds(of: .ipip) + linkKinds(of: .gre)

  /// Whether a link unpacks tunnels.
  package static func isTunnel(_ link: Link) -> Bool {
    link.kind.map { tunnelKinds.contains($0) } ?? false
  }

  /// The virtual addresses: those that are given, or else those of one host on the loopback, a
  /// dummy, or a tunnel.
  package var virtualAddresses: [IPAddress] {
    if !request.virtualAddresses.isEmpty { return request.virtualAddresses }
    var seen = Set<IPAddress>()
    return host.addresses.filter { address in
      guard let link = host.links[address.link], Self.isOfOneHost(address),
        link.flags.contains(.loopback) || link.kind == "dummy" || Self.isTunnel(link)
      else { return false }
      return seen.insert(address.address).inserted
    }.map(\.address)
  }

  private static func isOfOneHost(_ address: InterfaceAddress) -> Bool {
    !address.address.isLoopback && address.address.kind == .unicast
      && Int(address.prefixLength) == AddressPrefix.width(of: address.address.family)
  }

  /// The virtual addresses that are local.
  package var localVirtualAddresses: [IPAddress] {
    virtualAddresses.filter { host.routes[RouteQuestion($0)]?.route?.kind == .local }
  }

  /// The links that have an address.
  package func links(with address: IPAddress) -> [Link] {
    host.addresses.filter { $0.address == address }.compactMap { host.links[$0.link] }
  }

  /// The links that hear ARP and have an IPv4 address, by their index.
  package var askedLinks: [Link] {
    let addressed = Set(host.addresses.filter { $0.address.family == .ipv4 }.map(\.link))
    return host.links.values.filter { link in
      link.flags.contains(.up) && link.flags.isDisjoint(with: [.loopback, .noARP])
        && !Self.isTunnel(link) && addressed.contains(link.index)
    }.sorted { $0.index < $1.index }
  }

  /// Whether requests for a virtual address, or answers to clients, pass by a link: it has the
  /// network of the address, or a route to clients or to the director. Where there is one link
  /// only, it is that.
  package func isInUse(_ link: Link, for address: IPAddress) -> Bool {
    if askedLinks.count == 1 { return true }
    let hasNetwork = host.addresses.contains {
      $0.link == link.index && $0.network?.contains(address) == true
    }
    let peers = [Self.farClient(of: .ipv4)] + (request.director.map { [$0] } ?? [])
    return hasNetwork
      || peers.contains { host.routes[RouteQuestion($0)]?.route?.link == link.index }
  }

  /// The larger one of a setting for all links and for one, which is what counts.
  package func setting(_ name: String, of link: Link) -> Int {
    host.largest(name, "\(link.name)") ?? 0
  }

  /// The tunnel by which packets come, where it is named, or a link that unpacks has a virtual
  /// address.
  package var tunnel: Tunnel.Kind? {
    if let named = request.tunnel { return named }
    let kinds = virtualAddresses.flatMap { links(with: $0) }.compactMap(\.kind)
    if kinds.contains(where: { Self.linkKinds(of: .gre).contains($0) }) { return .gre }
    return kinds.contains { Self.linkKinds(of: .ipip).contains($0) } ? .ipip : nil
  }

  /// The links that unpack the tunnel by which packets come.
  package var tunnelLinks: [Link] {
    guard let tunnel else { return [] }
    let kinds = Self.linkKinds(of: tunnel)
    return host.links.values.filter { link in link.kind.map { kinds.contains($0) } ?? false }
      .sorted { $0.index < $1.index }
  }
}
