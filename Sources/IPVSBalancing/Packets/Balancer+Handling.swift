// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSPackets

extension Balancer {
  /// Decides about a packet, and rewrites it if necessary (ip_vs_core.c, `ip_vs_in_hook` and
  /// `ip_vs_out_hook`).
  ///
  /// - Parameters:
  ///   - packet: The packet from its IP header on.
  ///   - header: The packet's header, updated with the packet.
  ///   - mark: The firewall mark of the packet; 0 for none.
  ///   - hook: The hook at which IPVS gets the packet.
  ///   - checksum: Whether the transport checksum is complete.
  ///   - longestPiece: The length of the longest fragment, headers included, if the packet was reassembled
  ///     and is to be fragmented again.
  ///   - routes: The director's routing table.
  ///   - now: The time, to which `advance(to:)` was called before.
  public mutating func handle(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, mark: UInt32 = 0, at hook: Hook,
    checksum: ChecksumState = .complete, longestPiece: Int? = nil, routes: some Routes,
    at now: Instant
  ) -> Verdict {
    guard hasServices(header.family) else { return .pass }
    // For IPv4 the length of the whole packet counts, if it must not be fragmented (ip_vs_xmit.c,
    // `ensure_mtu_is_adequate`).
    let length = header.family == .ipv6 ? longestPiece ?? header.length : header.length
    let context = HookContext(
      mark: mark, hook: hook, checksum: checksum, lengthOnWire: length, now: now)
    switch header.transport {
    case TransportNumber.tcp, TransportNumber.udp, TransportNumber.sctp:
      return handleData(&packet, &header, context, routes)
    case TransportNumber.esp, TransportNumber.ah:
      return handleProtected(&packet, &header, context, routes)
    case TransportNumber.icmp, TransportNumber.icmpv6:
      return handleMessage(&packet, &header, context, routes)
    default: return .pass
    }
  }

  private mutating func handleData(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    guard header.fragment != .later else { return .pass }
    let mayRequest = context.hook != .forward && !isBackupOnly
    // The kernel looks for replies first, here known requests come first. Both exist only for a client
    // with the server's own address and port.
    if mayRequest, let index = connections.find(header.key(.request)) {
      return continueRequest(index, &packet, &header, context, routes)
    }
    if let index = connections.find(header.key(.reply)) {
      return reply(index, &packet, &header, context)
    }
    if settings.natIcmpSend != 0, isStray(header, packet.bytes) { return .refuse(.portUnreachable) }
    return mayRequest ? beginRequest(&packet, &header, context, routes) : .pass
  }

  /// IPsec packets go where the key exchange between the same two hosts goes (ip_vs_proto_ah_esp.c).
  private mutating func handleProtected(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    if context.hook != .forward, !isBackupOnly,
      let index = connections.find(header.keyExchange(.request))
    {
      return continueRequest(index, &packet, &header, context, routes)
    }
    if let index = connections.find(header.keyExchange(.reply)) {
      return reply(index, &packet, &header, context)
    }
    return .pass
  }

  /// Whether a real server gets an ICMP error as its packet belongs to no connection (`nat_icmp_send`);
  /// not for a RST or an ABORT.
  private func isStray(_ header: PacketHeader, _ packet: RawSpan) -> Bool {
    guard header.hasPorts else { return false }
    switch header.transport {
    case TransportNumber.tcp: if header.tcpFlags(in: packet) & 0x04 != 0 { return false }
    case TransportNumber.sctp: if header.sctpEvent(in: packet) == .abort { return false }
    default: break
    }
    let key = ServerKey(header.family, address: header.source, port: header.sourcePort)
    return masqueradedServers.contains(key, transport: UInt16(header.transport))
  }
}

/// The circumstances of a packet.
struct HookContext {
  let mark: UInt32
  let hook: Hook
  let checksum: ChecksumState

  /// The length that must not exceed the MTU.
  let lengthOnWire: Int

  let now: Instant
}

extension PacketHeader {
  /// The key of the packet's connection.
  @inline(__always)
  func key(_ kind: ConnectionKey.Kind) -> ConnectionKey { key(kind, isIPv6: family == .ipv6) }

  /// The same where the family is known already.
  @inline(__always)
  func key(_ kind: ConnectionKey.Kind, isIPv6: Bool) -> ConnectionKey {
    kind == .reply
      ? ConnectionKey(
        client: destination, other: source, clientPort: destinationPort, otherPort: sourcePort,
        transport: transport, isIPv6: isIPv6, kind: kind)
      : ConnectionKey(
        client: source, other: destination, clientPort: sourcePort, otherPort: destinationPort,
        transport: transport, isIPv6: isIPv6, kind: kind)
  }

  /// The key for a quoted packet in the same direction.
  func directKey(_ kind: ConnectionKey.Kind) -> ConnectionKey {
    isProtected ? keyExchange(kind) : key(kind)
  }

  /// The key for a quoted packet in the opposite direction.
  func inverseKey(_ kind: ConnectionKey.Kind) -> ConnectionKey {
    guard !isProtected else { return keyExchange(kind, isInverse: true) }
    return ConnectionKey(
      client: kind == .reply ? source : destination, other: kind == .reply ? destination : source,
      clientPort: kind == .reply ? sourcePort : destinationPort,
      otherPort: kind == .reply ? destinationPort : sourcePort, transport: transport,
      isIPv6: family == .ipv6, kind: kind)
  }

  /// Whether the packet is one of IPsec.
  var isProtected: Bool { transport == TransportNumber.esp || transport == TransportNumber.ah }

  /// The key exchange between the two hosts of an IPsec packet (RFC 7296, section 2: UDP port 500).
  fileprivate func keyExchange(
    _ kind: ConnectionKey.Kind, isInverse: Bool = false
  ) -> ConnectionKey {
    let isToClient = (kind == .reply) != isInverse
    return ConnectionKey(
      client: isToClient ? destination : source, other: isToClient ? source : destination,
      clientPort: WellKnownPort.keyExchange, otherPort: WellKnownPort.keyExchange,
      transport: TransportNumber.udp, isIPv6: family == .ipv6, kind: kind)
  }
}
