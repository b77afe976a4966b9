internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

// Errors of ICMP that the system around has taken itself, or passes on, and of which copies are shown.

extension Forwarder {
  /// Passes on what the error that was received says about the packet in a tunnel, if it is about one of
  /// the director's: a copy of an error of IPv4 that has arrived. Those at virtual addresses are led here.
  mutating func passReport(
    _ length: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    guard let header = read(length), var context = enter(header, OffloadHeader(), at: now),
      !context.isArrived, tunnelBeginning(context, balancer) != nil
    else { return }
    context.isArrived = true
    context.hasLostHop = false
    counters.packets += 1
    switch decide(&context, &balancer, routes, at: now) {
    case .report(let error, let tunnel):
      report(error, tunnel, context, &balancer, routes, at: now, send)
    case .drop(let reason): counters.drop(reason)
    case .pass, .toServer, .toClient, .refuse: counters.passed += 1
    }
  }

  /// Passes on the packet that was received, if it is for a real server: a copy of one that has arrived.
  mutating func passCopy(
    _ length: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    guard let header = read(length), var context = enter(header, OffloadHeader(), at: now),
      context.isArrived
    else { return }
    context.hasLostHop = false
    if case .toServer(let transmission) = decide(&context, &balancer, routes, at: now) {
      counters.packets += 1
      sendToServer(context, transmission, routes, send)
    }
  }

  /// Passes on the error that was received, if it is about a packet that was sent to a masqueraded
  /// server: a copy of one that the system passes on as it is, and that tells the client nothing.
  mutating func passTranslation(
    _ length: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    guard let header = read(length),
      buffer.span.bytes.extracting(Self.headroom..<Self.headroom + length)
        .hasRightHeaderChecksum(header),
      // Those of a server itself are led here.
      !interceptSet.isServer(header.source, header.family),
      var context = enter(header, OffloadHeader(), at: now), !context.isArrived
    else { return }
    guard case .toClient = decide(&context, &balancer, routes, at: now),
      context.header.source != header.source
    else { return }
    counters.packets += 1
    counters.toClients += 1
    // No router has taken a hop from it that could be given back.
    leave(context, isDelivered: true, .routed, send)
  }
}
