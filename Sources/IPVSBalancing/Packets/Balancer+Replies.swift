internal import IPVSAddresses
internal import IPVSPackets

// The way of a server's packet (ip_vs_core.c, `handle_response`).

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
    // Servers that are not masqueraded answer in the name of the service already; not even a checksum
    // that was left out is made.
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
