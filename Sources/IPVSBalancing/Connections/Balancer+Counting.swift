// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

// Counters and states of connections, servers, and services.

extension Balancer {
  /// A connection is scheduled (ip_vs_core.c, `ip_vs_conn_stats`).
  mutating func countConnection(_ destination: Candidates.Index) {
    counters.connections &+= 1
    serverTraffic[destination.value].connections &+= 1
    if let owner = servers[destination].owner { serviceTraffic[owner.value].connections &+= 1 }
  }

  /// A client's packet (ip_vs_core.c, `ip_vs_in_stats`). Nothing counts while the server is deleted.
  @inline(__always)
  mutating func countInbound(_ destination: Candidates.Index?, bytes: Int) {
    guard let destination, servers[destination].isAvailable else { return }
    counters.addInbound(bytes)
    serverTraffic[destination.value].addInbound(bytes)
    if let owner = servers[destination].owner { serviceTraffic[owner.value].addInbound(bytes) }
  }

  /// A server's packet (ip_vs_core.c, `ip_vs_out_stats`). Nothing counts while the server is deleted.
  @inline(__always)
  mutating func countOutbound(_ destination: Candidates.Index?, bytes: Int) {
    guard let destination, servers[destination].isAvailable else { return }
    counters.addOutbound(bytes)
    serverTraffic[destination.value].addOutbound(bytes)
    if let owner = servers[destination].owner { serviceTraffic[owner.value].addOutbound(bytes) }
  }

  /// Updates a connection's state with a packet (`ip_vs_set_state`).
  @inline(__always)
  mutating func changeState(
    _ index: Connection.Index, _ packet: RawSpan, _ header: PacketHeader,
    _ direction: PacketDirection
  ) {
    if direction == .outbound { connections[index].flags.remove(.lacksOutput) }
    let outcome: StateRules.Outcome
    switch header.transport {
    case TransportNumber.tcp:
      guard header.hasTransportHeader else { return }
      outcome = rules.tcp(
        connections[index].state, flags: header.tcpFlags(in: packet), direction)
    case TransportNumber.udp:
      outcome = rules.udp
      if direction == .outbound { assureParent(index) }
    case TransportNumber.sctp:
      guard let chunks = SCTPChunks(reading: packet, header) else { return }
      outcome = rules.sctp(
        connections[index].state, SCTPEvent(chunk: chunks.decisive), direction)
    default: return
    }
    adopt(outcome, index)
  }

  @inline(__always)
  private mutating func adopt(_ outcome: StateRules.Outcome, _ index: Connection.Index) {
    connections[index].timeout = outcome.timeout
    guard connections[index].state != outcome.state else { return }
    connections[index].state = outcome.state
    change(index, toActive: outcome.isActive)
    // The number of this state differs between the protocols, and UDP does not have it.
    let isEstablished =
      connections[index].transport == TransportNumber.tcp
      ? outcome.state == TCPState.established.rawValue
      : outcome.state == SCTPState.established.rawValue
    if isEstablished { assureParent(index) }
  }

  private mutating func change(_ index: Connection.Index, toActive isActive: Bool) {
    guard let destination = connections[index].destination,
      connections[index].flags.contains(.isInactive) == isActive
    else { return }
    if isActive {
      connections[index].flags.remove(.isInactive)
    } else {
      connections[index].flags.insert(.isInactive)
    }
    servers[destination].setActive(isActive)
  }

  /// Marks the template of a connection that was answered as assured.
  private mutating func assureParent(_ index: Connection.Index) {
    guard let parent = connections[index].parent else { return }
    connections[parent].state = 1
  }
}

extension Counters {
  @inline(__always)
  mutating func addInbound(_ bytes: Int) {
    inboundPackets &+= 1
    inboundBytes &+= UInt64(truncatingIfNeeded: bytes)
  }

  @inline(__always)
  mutating func addOutbound(_ bytes: Int) {
    outboundPackets &+= 1
    outboundBytes &+= UInt64(truncatingIfNeeded: bytes)
  }
}
