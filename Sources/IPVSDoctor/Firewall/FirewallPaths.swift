// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSHost
package import IPVSRules
internal import IPVSText

/// The packets of a director's services, as far as they are known before they come, and the hooks
/// that they pass outside of IPVS.
package struct FirewallPaths: Sendable {
  private let host: HostFacts

  /// Whether IPVS leaves its connections to connection tracking (net.ipv4.vs.conntrack).
  private let tracks: Bool

  /// Addresses of other hosts, by their family.
  private let foreignAddresses: [AddressFamily: IntervalSet]

  /// Prepares packets.
  ///
  /// - Parameter host: The links, addresses, routes, and settings.
  package init(_ host: HostFacts) {
    self.host = host
    tracks = host.number("net/ipv4/vs/conntrack") ?? 0 != 0
    foreignAddresses = [
      .ipv4: Self.foreignAddresses(of: .ipv4, host), .ipv6: Self.foreignAddresses(of: .ipv6, host),
    ]
  }

  /// The hooks of a request. IPVS takes it from the chains of INPUT at priority 99 (ip_vs_core.c).
  package static let request = [
    FirewallWalk.Stage(.prerouting), FirewallWalk.Stage(.input, before: 99),
  ]

  /// The hooks of what IPVS sends to a server.
  package static let toServer = [
    FirewallWalk.Stage(.output), FirewallWalk.Stage(.postrouting),
  ]

  /// The hooks of a masqueraded server's answer. IPVS takes it from the chains of FORWARD at
  /// priority 100.
  package static let answer = [
    FirewallWalk.Stage(.prerouting), FirewallWalk.Stage(.forward, before: 100),
  ]

  private enum TCPFlags {
    static let syn = IntervalSet(numbers: [0x02, 0xc2])
    static let synAck = IntervalSet(numbers: [0x12, 0x52])
  }

  /// Any packet of a family that comes in from outside and has no mark yet.
  package func incoming(_ family: AddressFamily) -> AbstractPacket {
    var packet = AbstractPacket(family)
    packet[.source] = foreignAddresses[family]
    packet[.mark] = IntervalSet(numbers: [0])
    packet.set(.packetType, 0)
    setInput(
      &packet, host.links.values.filter { $0.flags.contains(.up) && !$0.flags.contains(.loopback) })
    return packet
  }

  /// The first packet of a client to a service.
  ///
  /// - Returns: Nil for a service by mark, whose packets may have any address.
  package func request(to service: ServiceIdentity) -> AbstractPacket? {
    guard case .endpoint(let transport, let endpoint) = service else { return nil }
    return request(transport, to: endpoint)
  }

  /// The first packet of a client to an endpoint; of all ports where that is 0.
  package func request(_ transport: TransportProtocol, to endpoint: Endpoint) -> AbstractPacket {
    var packet = incoming(endpoint.address.family)
    packet.set(.destination, endpoint.address)
    setTransport(&packet, transport, TCPFlags.syn)
    packet[.sourcePort] = IntervalSet([1...0xffff])
    packet[.destinationPort] =
      endpoint.port == 0 ? nil : IntervalSet(numbers: [UInt128(endpoint.port)])
    packet.set(.connectionState, ConnectionState.new)
    return packet
  }

  /// The first packet to a server as it leaves the director.
  ///
  /// - Returns: Nil for a server at the director itself, and where no route leads to it.
  package func packet(to server: RealServer, of service: ServiceIdentity) -> AbstractPacket? {
    guard let link = link(to: server, of: service) else { return nil }
    let isTunneled = server.forwarding == .tunneling
    var packet = AbstractPacket(isTunneled ? server.endpoint.address.family : service.family)
    if isTunneled {
      setTunnel(&packet, server, inner: service.family)
    } else {
      packet[.source] = foreignAddresses[packet.family]
      setDestination(&packet, server, service)
    }
    packet.set(.outputName, name: link.name.bytes)
    packet.set(.outputIndex, link.index)
    // IPVS exempts packets from tracking; those of a tunnel are tracked anew, by their outer
    // header.
    packet[.connectionState] =
      isTunneled
      ? IntervalSet(numbers: [ConnectionState.new, ConnectionState.untracked])
      : IntervalSet(numbers: [tracks ? ConnectionState.new : ConnectionState.untracked])
    return packet
  }

  /// The answer of a masqueraded server to the first packet.
  ///
  /// - Parameter isTracked: Whether connection tracking knows the connection; nil for what the
  ///   setting of IPVS makes of it.
  /// - Returns: Nil for a server at the director itself, and where no route leads to it.
  package func answer(
    of server: RealServer, of service: ServiceIdentity, isTracked: Bool? = nil
  ) -> AbstractPacket? {
    guard let link = link(to: server, of: service) else { return nil }
    var packet = incoming(service.family)
    packet.set(.source, server.endpoint.address)
    packet[.destination] = foreignAddresses[service.family]
    packet[.sourcePort] =
      server.endpoint.port == 0 ? nil : IntervalSet(numbers: [UInt128(server.endpoint.port)])
    packet[.destinationPort] = IntervalSet([1...0xffff])
    setInput(&packet, [link])
    guard case .endpoint(let transport, _) = service else {
      // The protocol is that of the client's packet.
      packet[.connectionState] =
        isTracked ?? tracks
        ? IntervalSet(numbers: [ConnectionState.established])
        : IntervalSet(numbers: [ConnectionState.new, ConnectionState.invalid])
      return packet
    }
    setTransport(&packet, transport, TCPFlags.synAck)
    // Tracking has not seen the request leave: it takes a SYN+ACK for invalid, and a datagram for
    // new.
    let untracked = transport == .udp ? ConnectionState.new : ConnectionState.invalid
    packet.set(.connectionState, isTracked ?? tracks ? ConnectionState.established : untracked)
    return packet
  }

  /// The link that a route to a server leads to; nil where it is the director itself, or there is
  /// none.
  package func link(to server: RealServer, of service: ServiceIdentity) -> Link? {
    let address = server.endpoint.address
    var question = RouteQuestion(address)
    if case .mark(let mark, _) = service { question = RouteQuestion(address, mark: mark) }
    let route = (host.routes[question] ?? host.routes[RouteQuestion(address)])?.route
    guard let route, route.kind == .unicast, let index = route.link else { return nil }
    return host.links[index]
  }
}

// Fields.
extension FirewallPaths {
  /// Addresses of other hosts: neither those of this one, nor loopbacks and groups.
  private static func foreignAddresses(
    of family: AddressFamily, _ host: HostFacts
  ) -> IntervalSet {
    let excluded: [ClosedRange<UInt128>] =
      family == .ipv4
      ? [0...0x00ff_ffff, 0x7f00_0000...0x7fff_ffff, 0xe000_0000...0xffff_ffff]
      : [0...1, UInt128(0xff) << 120...UInt128.max]
    let own = host.addresses.filter { $0.address.family == family }.map(\.address.number)
    return IntervalSet(excluded + own.map { $0...$0 }).complement(in: family == .ipv4 ? 32 : 128)
  }

  private func setInput(_ packet: inout AbstractPacket, _ links: [Link]) {
    // Without a list of links, it may be any.
    guard !links.isEmpty else { return }
    var names: Set<UInt128> = []
    for link in links {
      var named = AbstractPacket(packet.family)
      named.set(.inputName, name: link.name.bytes)
      if let name = named[.inputName]?.single { names.insert(name) }
    }
    packet[.inputName] = IntervalSet(numbers: names)
    packet[.inputIndex] = IntervalSet(numbers: links.map { UInt128(UInt32(bitPattern: $0.index)) })
  }

  private func setTransport(
    _ packet: inout AbstractPacket, _ transport: TransportProtocol, _ flags: IntervalSet
  ) {
    packet.set(.transport, transport.rawValue)
    if transport == .tcp { packet[.tcpFlags] = flags }
  }

  private func setDestination(
    _ packet: inout AbstractPacket, _ server: RealServer, _ service: ServiceIdentity
  ) {
    let isMasqueraded = server.forwarding == .masquerading
    packet[.sourcePort] = IntervalSet([1...0xffff])
    var destination: Endpoint? = isMasqueraded ? server.endpoint : nil
    if case .endpoint(let transport, let virtual) = service {
      setTransport(&packet, transport, TCPFlags.syn)
      destination = destination ?? virtual
    }
    guard let destination else { return }
    packet.set(.destination, destination.address)
    packet[.destinationPort] =
      destination.port == 0 ? nil : IntervalSet(numbers: [UInt128(destination.port)])
  }

  /// The outer header: IP in IP is protocol 4, and 41 of IPv6; GRE is 47; GUE is UDP.
  private func setTunnel(
    _ packet: inout AbstractPacket, _ server: RealServer, inner: AddressFamily
  ) {
    packet.set(.destination, server.endpoint.address)
    switch server.tunnel.kind {
    case .gue:
      packet.set(.transport, TransportProtocol.udp.rawValue)
      packet.set(.destinationPort, server.tunnel.port)
    case .gre: packet.set(.transport, 47)
    default: packet.set(.transport, inner == .ipv4 ? 4 : 41)
    }
  }
}
