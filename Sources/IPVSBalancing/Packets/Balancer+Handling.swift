internal import IPVSAddresses
public import IPVSPackets

extension Balancer {
  /// Decides what becomes of a packet, and rewrites it if need be (ip_vs_core.c, `ip_vs_in_hook` and
  /// `ip_vs_out_hook`).
  ///
  /// - Parameters:
  ///   - packet: The packet from its IP header on.
  ///   - header: What was read of it; kept in step with the packet.
  ///   - mark: The firewall mark of the packet; 0 for none.
  ///   - hook: Where the packet is.
  ///   - longestPiece: The bytes of the longest piece, headers included, if the packet came in pieces and
  ///     is to go on so.
  ///   - routes: The director's routing table.
  ///   - now: The time; `advance(to:)` has been told of it.
  public mutating func handle(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, mark: UInt32 = 0, at hook: Hook,
    checksum: ChecksumState = .complete, longestPiece: Int? = nil, routes: some Routes,
    at now: Instant
  ) -> Verdict {
    guard hasServices(header.family) else { return .pass }
    // IPv4 asks whether the whole fits, and only of what must not be cut (ip_vs_xmit.c,
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
    // Replies come before requests in the kernel. Here a request that is known comes first: only one of
    // both can be there but for a client that has the server's own address and port.
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

  /// Whether a real server is to be told that its packet belongs to no connection (`nat_icmp_send`):
  /// unless it ends something.
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

/// What is known of a packet besides the packet.
struct HookContext {
  let mark: UInt32
  let hook: Hook
  let checksum: ChecksumState

  /// What must fit the way.
  let lengthOnWire: Int

  let now: Instant
}

extension PacketHeader {
  /// What the connection of the packet is found by.
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

  /// The same for a packet that another one is about, and that went the same way.
  func directKey(_ kind: ConnectionKey.Kind) -> ConnectionKey {
    isProtected ? keyExchange(kind) : key(kind)
  }

  /// The same for a packet that another one is about, and that went the other way.
  func inverseKey(_ kind: ConnectionKey.Kind) -> ConnectionKey {
    guard !isProtected else { return keyExchange(kind, isInverse: true) }
    return ConnectionKey(
      client: kind == .reply ? source : destination, other: kind == .reply ? destination : source,
      clientPort: kind == .reply ? sourcePort : destinationPort,
      otherPort: kind == .reply ? destinationPort : sourcePort, transport: transport,
      isIPv6: family == .ipv6, kind: kind)
  }

  /// The packet is one of IPsec.
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
