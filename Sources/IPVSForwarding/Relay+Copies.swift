internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

// Errors of ICMP that the system around has taken itself, or passes on, and of which copies are shown.

extension Relay {
  /// Passes on what the error that was received says about the packet in a tunnel, if it is about one of
  /// the director's: a copy of an error of IPv4 that has arrived. Those at virtual addresses are led here.
  mutating func passReport(
    _ length: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    guard let header = read(length), var passage = enter(header, OffloadHeader(), at: now),
      !passage.isArrived, tunnelBeginning(passage, balancer) != nil
    else { return }
    passage.isArrived = true
    passage.hasLostHop = false
    tally.packets += 1
    switch decide(&passage, &balancer, routes, at: now) {
    case .report(let error, let tunnel):
      report(error, tunnel, passage, &balancer, routes, at: now, send)
    case .drop(let reason): tally.drop(reason)
    case .pass, .toServer, .toClient, .refuse: tally.passed += 1
    }
  }

  /// Passes on the packet that was received, if it is for a real server: a copy of one that has arrived.
  mutating func passCopy(
    _ length: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    guard let header = read(length), var passage = enter(header, OffloadHeader(), at: now),
      passage.isArrived
    else { return }
    passage.hasLostHop = false
    if case .toServer(let transmission) = decide(&passage, &balancer, routes, at: now) {
      tally.packets += 1
      sendToServer(passage, transmission, routes, send)
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
      !ways.isServer(header.source, header.family),
      var passage = enter(header, OffloadHeader(), at: now), !passage.isArrived
    else { return }
    guard case .toClient = decide(&passage, &balancer, routes, at: now),
      passage.header.source != header.source
    else { return }
    tally.packets += 1
    tally.toClients += 1
    // No router has taken a hop from it that could be given back.
    leave(passage, isDelivered: true, .routed, send)
  }
}
