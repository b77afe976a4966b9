// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSPackets

// Copies of ICMP errors that the system has taken, or routed, itself (`ICMPErrorTaps`).

extension Forwarder {
  /// Does what is left to do with an error.
  mutating func pass<Port: PacketPort & ~Copyable>(
    _ kind: ICMPErrorTaps.Kind, _ frame: PacketFrame, _ balancer: inout Balancer,
    _ routes: some Routes, at now: Instant, _ port: inout Port
  ) {
    guard let header = read(frame) else { return }
    switch kind {
    case .local: passLocal(frame, header, &balancer, routes, at: now, &port)
    case .tunnel: passReport(frame, header, &balancer, routes, at: now, &port)
    case .transit: passTranslation(frame, header, &balancer, routes, at: now, &port)
    }
  }

  /// Forwards an error for a real server.
  private mutating func passLocal<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ header: PacketHeader, _ balancer: inout Balancer,
    _ routes: some Routes, at now: Instant, _ port: inout Port
  ) {
    guard var context = enter(frame, header, at: now), context.isArrived else { return }
    context.hasLostHop = false
    if case .toServer(let transmission) = decide(&context, &balancer, routes, at: now) {
      counters.packets += 1
      sendToServer(context, transmission, routes, &port)
    }
  }

  /// Reports what an error says about the packet in one of the director's tunnels. Errors at virtual
  /// addresses come through the port.
  private mutating func passReport<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ header: PacketHeader, _ balancer: inout Balancer,
    _ routes: some Routes, at now: Instant, _ port: inout Port
  ) {
    guard var context = enter(frame, header, at: now), !context.isArrived,
      tunnelBeginning(context, balancer) != nil
    else { return }
    context.isArrived = true
    context.hasLostHop = false
    counters.packets += 1
    switch decide(&context, &balancer, routes, at: now) {
    case .report(let error, let tunnel):
      report(error, tunnel, context, &balancer, routes, at: now, &port)
    case .drop(let reason): counters.drop(reason)
    case .pass, .toServer, .toClient, .refuse: counters.passed += 1
    }
  }

  /// Sends on an error about a packet that was sent to a masqueraded server, translated for the client.
  private mutating func passTranslation<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ header: PacketHeader, _ balancer: inout Balancer,
    _ routes: some Routes, at now: Instant, _ port: inout Port
  ) {
    guard header.hasRightChecksum(in: frame.packet.bytes),
      // Those of a server itself come through the port.
      !interceptSet.isServer(header.source, header.family),
      var context = enter(frame, header, at: now), !context.isArrived
    else { return }
    guard case .toClient = decide(&context, &balancer, routes, at: now),
      context.header.source != header.source
    else { return }
    counters.packets += 1
    counters.toClients += 1
    // No router has decremented its time to live so that it would have to be restored.
    leave(context, isDelivered: true, .routed, &port)
  }
}
