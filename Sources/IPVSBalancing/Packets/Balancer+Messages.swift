// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets

// ICMP errors about packets of connections (ip_vs_core.c, `ip_vs_in_icmp` and
// `ip_vs_out_icmp`).

extension Balancer {
  mutating func handleMessage(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    if ICMPErrorMessage.isUnreadable(packet.bytes, header) { return .drop(.malformed) }
    guard let message = ICMPErrorMessage(reading: packet.bytes, header),
      message.embedded.fragment != .later
    else { return .pass }
    if context.hook == .forward {
      return fromClient(message, &packet, &header, context, routes)
        ?? fromServer(message, &packet, &header, context) ?? .pass
    }
    return fromServer(message, &packet, &header, context)
      ?? fromTunnel(message, packet.bytes, header, context, routes)
      ?? fromClient(message, &packet, &header, context, routes) ?? .pass
  }

  /// An error about a server's packet; nil if it is about another packet.
  private mutating func fromClient(
    _ message: ICMPErrorMessage, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext, _ routes: some Routes
  ) -> Verdict? {
    guard !isBackupOnly, Self.mayConcernConnections(message.embedded) else {
      return nil
    }
    guard let index = connections.find(message.embedded.inverseKey(.request)) else {
      return settings.scheduleIcmp != 0 && !message.embedded.isProtected
        ? beginByMessage(message, &packet, &header, context, routes) : nil
    }
    return sendMessage(
      UnsafePointer(connections.pointer(to: index)), message, &packet, &header, context, routes)
  }

  private static func mayConcernConnections(_ packet: PacketHeader) -> Bool {
    switch packet.transport {
    case TransportNumber.tcp, TransportNumber.udp, TransportNumber.sctp: true
    default: packet.isProtected
    }
  }

  private mutating func sendMessage(
    _ slot: UnsafePointer<Connection>, _ message: ICMPErrorMessage,
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    let connection = slot.pointee
    let isChecked =
      settings.checksErrorsByFamily ? header.family == .ipv4 : connection.isMasqueraded
    guard !isChecked || message.isChecksumRight(in: packet.bytes, header) else {
      return .drop(.checksum)
    }
    countInbound(connection.destination, bytes: header.length)
    guard connection.isMasqueraded else {
      return transmit(slot, &packet, &header, context, routes)
    }
    guard let route = routes.route(to: connection.server, connection.serverFamily),
      !(route.isLocal && context.hook == .localIn
        && Self.isLoopback(connection.server, connection.serverFamily))
    else { return .drop(.noRoute) }
    if !route.isLocal, let verdict = prepare(&packet, &header, context, mtu: route.mtu) {
      return verdict
    }
    message.dnat(
      &packet, &header, to: connection.server, port: connection.serverPort,
      checksum: context.checksum)
    return .toServer(
      Transmission(
        method: .masquerading, family: connection.serverFamily, nextHop: connection.server,
        isLocal: route.isLocal))
  }

  /// An error about an unknown connection begins one (`schedule_icmp`): in a cluster of directors, hashing
  /// schedulers find the server by the addresses.
  private mutating func beginByMessage(
    _ message: ICMPErrorMessage, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext, _ routes: some Routes
  ) -> Verdict? {
    let embedded = message.embedded
    guard embedded.hasPorts else { return .drop(.truncated) }
    guard
      let (service, _) = lookUp(
        family: embedded.family, mark: context.mark, transport: embedded.transport,
        address: embedded.source, port: embedded.sourcePort)
    else { return nil }
    if dropsForDefence() { return .drop(.defence) }
    var flow = Flow(embedded)
    flow.isInverse = true
    switch schedule(flow, embedded.transport, for: service, RawSpan(), context) {
    case .connection(let index):
      return sendMessage(
        UnsafePointer(connections.pointer(to: index)), message, &packet, &header, context, routes)
    case .onePacket(let connection):
      defer { release(connection) }
      return withUnsafePointer(to: connection) { connection in
        sendMessage(connection, message, &packet, &header, context, routes)
      }
    case .ignored: return nil
    case .noServer: return isOfOthers(embedded.sourcePort, service) ? nil : .drop(.noServer)
    case .failed(let reason): return .drop(reason)
    }
  }

  /// An error about a client's packet; nil if it is about no packet of a connection.
  private mutating func fromServer(
    _ message: ICMPErrorMessage, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext
  ) -> Verdict? {
    guard Self.mayConcernConnections(message.embedded),
      let index = connections.find(message.embedded.inverseKey(.reply))
    else { return nil }
    let connection = connections[index]
    guard connection.isMasqueraded else {
      countOutbound(connection.destination, bytes: header.length)
      return .toClient
    }
    let isLost = header.family == .ipv6 && settings.dropsServersICMPv6
    guard !isLost, message.isChecksumRight(in: packet.bytes, header) else {
      return .drop(.checksum)
    }
    message.snat(
      &packet, &header, as: connection.virtual, port: connection.virtualPort,
      checksum: context.checksum)
    countOutbound(connection.destination, bytes: header.length)
    return .toClient
  }
}
