// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers
internal import IPVSPackets

// The transmission of clients' packets to servers (ip_vs_xmit.c).

extension Balancer {
  @inline(__always)
  func transmit(
    _ connection: UnsafePointer<Connection>, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    switch connection.pointee.forwarding {
    case ForwardingNumber.masquerading: masquerade(connection, &packet, &header, context, routes)
    case ForwardingNumber.local: .toServer(.here(.localnode, connection))
    case ForwardingNumber.tunneling: tunnel(connection, &packet, &header, context, routes)
    case ForwardingNumber.directRouting:
      routeDirectly(connection, &packet, &header, context, routes)
    case ForwardingNumber.bypass: bypass(&packet, &header, context, routes)
    // Unassigned numbers: the kernel has no transmitter for them and delivers the packets.
    default: .pass
    }
  }

  @inline(__always)
  private func masquerade(
    _ connection: UnsafePointer<Connection>, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    guard let route = routes.route(to: connection.pointee.server, connection.pointee.serverFamily)
    else {
      return .drop(.noRoute)
    }
    if route.isLocal {
      if context.hook == .localIn,
        Self.isLoopback(connection.pointee.server, connection.pointee.serverFamily)
      {
        return .drop(.noRoute)
      }
    } else if let verdict = prepare(&packet, &header, context, mtu: route.mtu) {
      return verdict
    }
    // Only a packet that is rewritten must have its whole transport header; the kernel checks it here.
    guard header.hasTransportHeader else { return .drop(.truncated) }
    header.dnat(
      &packet, to: connection.pointee.server, port: connection.pointee.serverPort,
      checksum: context.checksum)
    return .toServer(
      Transmission(
        method: .masquerading, family: connection.pointee.serverFamily,
        nextHop: connection.pointee.server,
        isLocal: route.isLocal))
  }

  private func tunnel(
    _ connection: UnsafePointer<Connection>, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    guard let route = routes.route(to: connection.pointee.server, connection.pointee.serverFamily),
      let destination = connection.pointee.destination
    else { return .drop(.noRoute) }
    guard !route.isLocal else { return .toServer(.here(.tunneling, connection)) }
    let settings = servers[destination].settings
    let path = TunnelPath(
      source: route.source, kind: settings.tunnelKind, port: settings.tunnelPort,
      flags: settings.tunnelFlags, keepsDontFragment: self.settings.pmtuDisc != 0)
    let mtu = route.mtu - path.overhead(outer: connection.pointee.serverFamily, context.checksum)
    guard mtu >= (connection.pointee.serverFamily == .ipv4 ? 68 : 1280) else {
      return .drop(.noRoute)
    }
    let isChecked = header.family == .ipv6 || path.keepsDontFragment
    if let verdict = prepare(&packet, &header, context, mtu: isChecked ? mtu : .max) {
      return verdict
    }
    return .toServer(
      Transmission(
        method: .tunneling, family: connection.pointee.serverFamily,
        nextHop: connection.pointee.server,
        isLocal: false, tunnel: path))
  }

  private func routeDirectly(
    _ connection: UnsafePointer<Connection>, _ packet: inout MutableRawSpan,
    _ header: inout PacketHeader, _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    guard let route = routes.route(to: connection.pointee.server, connection.pointee.serverFamily)
    else {
      return .drop(.noRoute)
    }
    guard !route.isLocal else { return .toServer(.here(.directRouting, connection)) }
    if let verdict = prepare(&packet, &header, context, mtu: route.mtu) { return verdict }
    return .toServer(
      Transmission(
        method: .directRouting, family: connection.pointee.serverFamily,
        nextHop: connection.pointee.server,
        isLocal: false))
  }

  /// Sends a packet to its original destination.
  func bypass(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    guard let route = routes.route(to: header.destination, header.family), !route.isLocal else {
      return .drop(.noRoute)
    }
    if let verdict = prepare(&packet, &header, context, mtu: route.mtu) { return verdict }
    return .toServer(
      Transmission(
        method: .bypass, family: header.family, nextHop: header.destination, isLocal: false))
  }

  /// Decrements the TTL and checks the MTU, as a router does; ICMP packets are never too big.
  ///
  /// - Returns: Nil if the packet can be sent, otherwise the verdict.
  @inline(__always)
  func prepare(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext, mtu: Int
  ) -> Verdict? {
    guard header.timeToLive > 1 else { return .refuse(.timeExceeded) }
    header.decrementTimeToLive(&packet)
    guard context.lengthOnWire > mtu, header.family == .ipv6 || header.dontFragment,
      header.transport != TransportNumber.icmp, header.transport != TransportNumber.icmpv6
    else { return nil }
    return .refuse(.tooBig(mtu: mtu))
  }

  static func isLoopback(_ address: UInt128, _ family: AddressFamily) -> Bool {
    family == .ipv4 ? address >> 24 == 127 : address == 1
  }
}

extension Transmission {
  /// Delivery to the director itself.
  fileprivate static func here(_ method: Method, _ connection: UnsafePointer<Connection>)
    -> Transmission
  {
    Transmission(
      method: method, family: connection.pointee.serverFamily, nextHop: connection.pointee.server,
      isLocal: true)
  }
}
