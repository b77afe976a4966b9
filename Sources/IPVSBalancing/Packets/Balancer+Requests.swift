// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets

// Packets of clients (ip_vs_core.c, `ip_vs_in`).

/// Why a client's new connection is scheduled anew, though its old one with the same ports is still there.
public enum Renewal: UInt8, Hashable, Sendable {
  /// The server's weight is 0, and `expire_nodest_conn` is set.
  case quiesced

  /// The old connection is closed, and `conn_reuse_mode` is set.
  case closed

  /// The client closed the old connection, of whose server's packets the director sees none, and
  /// `conn_reuse_mode` has bit 1.
  case halfClosed
}

extension Balancer {
  mutating func continueRequest(
    _ index: Connection.Index, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    if header.opensConnection(packet.bytes), renewal(of: index) != nil {
      abandon(index, at: context.now)
      return beginRequest(&packet, &header, context, routes)
    }
    if let destination = connections[index].destination, !servers[destination].isAvailable {
      // The timer goes on as it was: the server may come back.
      guard settings.expireNodestConn != 0 else { return .drop(.serverGone) }
      abandon(index, at: context.now)
      return beginRequest(&packet, &header, context, routes)
    }
    return sendRequest(index, &packet, &header, context, routes)
  }

  /// Why a packet that opens a connection is scheduled, though one with the same addresses and ports
  /// exists (`conn_reuse_mode`, `expire_nodest_conn`).
  ///
  /// - Returns: Nil where the packet belongs to the connection.
  @inline(__always)
  func renewal(of index: Connection.Index) -> Renewal? {
    let connection = connections[index]
    if settings.expireNodestConn != 0, let destination = connection.destination,
      servers[destination].weight == 0
    {
      return .quiesced
    }
    guard settings.connReuseMode != 0, connection.parent == nil else { return nil }
    guard connection.transport == TransportNumber.tcp else {
      return connection.state == SCTPState.closed.rawValue ? .closed : nil
    }
    switch TCPState(rawValue: connection.state) {
    case .timeWait, .close: return .closed
    case .finWait:
      return settings.connReuseMode & 2 != 0 && connection.flags.contains(.lacksOutput)
        ? .halfClosed : nil
    default: return nil
    }
  }

  /// Hides a connection whose client begins a new one, and ends it.
  private mutating func abandon(_ index: Connection.Index, at now: Instant) {
    guard connections[index].children == 0 else { return }
    connections.hide(index)
    connections.end(index, at: now)
  }

  /// A packet that belongs to no connection.
  mutating func beginRequest(
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    switch header.transport {
    case TransportNumber.tcp, TransportNumber.udp, TransportNumber.sctp: break
    default: return .pass
    }
    guard header.hasTransportHeader,
      header.transport != TransportNumber.sctp || SCTPChunks(reading: packet.bytes, header) != nil
    else { return .drop(.truncated) }
    guard mayBegin(header, packet.bytes), let (service, _) = lookUp(header, mark: context.mark)
    else {
      return .pass
    }
    if dropsForDefence() { return .drop(.defence) }
    let callID = callIDRange(packet.bytes, header, service)
    let scheduled = schedule(
      Flow(header), header.transport, for: service, packet.bytes.extracting(callID), context)
    return begin(scheduled, of: service, &packet, &header, context, routes)
  }

  /// Sends the first packet of a connection, or returns why there is no connection.
  mutating func begin(
    _ scheduled: Scheduled, of service: Slab<ServiceRecord>.Index,
    _ packet: inout MutableRawSpan, _ header: inout PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict {
    switch scheduled {
    case .connection(let index): sendRequest(index, &packet, &header, context, routes)
    case .onePacket(let connection): sendOnePacket(connection, &packet, &header, context, routes)
    case .ignored: .pass
    case .failed(let reason): .drop(reason)
    case .noServer: leave(service, &packet, &header, context, routes)
    }
  }

  /// Where the Call-ID is that the persistence engine of a service finds in a packet; empty if the
  /// service has no engine, or the engine finds nothing.
  private func callIDRange(
    _ packet: RawSpan, _ header: PacketHeader, _ service: Slab<ServiceRecord>.Index
  ) -> Range<Int> {
    guard services[service].settings.usesEngine, header.transport == TransportNumber.udp else {
      return 0..<0
    }
    let start = header.transportOffset + 8
    guard let range = CallIDScanner.find(in: packet.extracting(start..<header.length)) else {
      return 0..<0
    }
    return start + range.lowerBound..<start + range.upperBound
  }

  /// Whether a connection may begin with the packet.
  private func mayBegin(_ header: PacketHeader, _ packet: RawSpan) -> Bool {
    switch header.transport {
    case TransportNumber.tcp:
      let flags = header.tcpFlags(in: packet)
      return flags & 0x04 == 0 && (flags & 0x02 != 0 || settings.sloppyTcp != 0)
    case TransportNumber.sctp:
      let event = header.sctpEvent(in: packet)
      return event == .initiation || (settings.sloppySctp != 0 && event != .abort)
    default: return true
    }
  }

  /// Counts a client's packet, updates the connection's state, and sends the packet to the server.
  @inline(__always)
  mutating func sendRequest(
    _ index: Connection.Index, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    countInbound(connections[index].destination, bytes: header.length)
    let lacksOutput = connections[index].flags.contains(.lacksOutput)
    changeState(
      index, packet.bytes, header, lacksOutput ? .inboundOnly : .inbound)
    let verdict = transmit(
      UnsafePointer(connections.pointer(to: index)), &packet, &header, context, routes)
    connections[index].packets &+= 1
    connections.restart(index, at: context.now)
    return verdict
  }

  private mutating func sendOnePacket(
    _ connection: Connection, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext, _ routes: some Routes
  ) -> Verdict {
    countInbound(connection.destination, bytes: header.length)
    if let parent = connection.parent { connections[parent].packets &+= 1 }
    let verdict = withUnsafePointer(to: connection) { connection in
      transmit(connection, &packet, &header, context, routes)
    }
    release(connection)
    return verdict
  }
}

extension PacketHeader {
  /// Whether a client opens a connection with the packet.
  @inline(__always)
  func opensConnection(_ packet: RawSpan) -> Bool {
    switch transport {
    case TransportNumber.tcp: tcpFlags(in: packet) & 0x02 != 0
    case TransportNumber.sctp: sctpEvent(in: packet) == .initiation
    default: false
    }
  }
}

extension Balancer {
  private func lookUp(
    _ header: PacketHeader, mark: UInt32
  ) -> (service: Slab<ServiceRecord>.Index, rule: LookUpRule)? {
    lookUp(
      family: header.family, mark: mark, transport: header.transport, address: header.destination,
      port: header.destinationPort)
  }
}

extension Flow {
  init(_ header: PacketHeader) {
    self.init(
      family: header.family, source: header.source, sourcePort: header.sourcePort,
      destination: header.destination, destinationPort: header.destinationPort)
  }
}

// Packets of servers (ip_vs_core.c, `handle_response`).

extension Balancer {
  mutating func reply(
    _ index: Connection.Index, _ packet: inout MutableRawSpan, _ header: inout PacketHeader,
    _ context: HookContext
  ) -> Verdict {
    guard header.hasTransportHeader else {
      connections.restart(index, at: context.now)
      return .drop(.truncated)
    }
    let connection = connections[index]
    // Servers that are not masqueraded use the service's address; even an incomplete checksum stays.
    if connection.isMasqueraded {
      header.snat(
        &packet, as: connection.virtual, port: connection.virtualPort, checksum: context.checksum)
    }
    countOutbound(connection.destination, bytes: header.length)
    changeState(index, packet.bytes, header, .outbound)
    connections.restart(index, at: context.now)
    return .toClient
  }
}
