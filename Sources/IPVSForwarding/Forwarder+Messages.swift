internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

// Errors of ICMP that the director makes.

extension Forwarder {
  /// Tells the sender of a packet that it goes no further: by the address that it was sent to, if that is
  /// the director's, or by the director's on the way to the sender, if that is known.
  mutating func refuse(
    _ fault: ICMPFault, _ context: PacketContext, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant, _ send: Send
  ) {
    counters.refused += 1
    let header = context.header
    let way = context.isArrived ? nil : routes.route(to: header.source, header.family)
    let source = way.map { $0.source == 0 ? header.destination : $0.source }
    emit(
      ErrorMessage(fault, header.family), about: header, at: 0..<header.length,
      from: source ?? header.destination, &balancer, routes, at: now, send)
  }

  /// Tells the sender of a packet that was in a tunnel what an error says about the tunnel's packet.
  mutating func report(
    _ error: ErrorMessage, _ tunnel: QuotedTunnel, _ context: PacketContext,
    _ balancer: inout Balancer,
    _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    counters.toClients += 1
    emit(
      error, about: tunnel.inner, at: tunnel.innerOffset..<context.header.length,
      from: tunnel.inner.destination, &balancer, routes, at: now, send)
  }

  /// The address at which one of the director's tunnels begins, if a packet is an error about what was
  /// sent there.
  func tunnelBeginning(_ context: PacketContext, _ balancer: borrowing Balancer) -> UInt128? {
    let range = Self.headroom..<Self.headroom + context.header.length
    return context.header.transport == TransportNumber.icmp
      ? balancer.tunnelBeginning(context.header, in: buffer.span.bytes.extracting(range)) : nil
  }

  /// Sends a message about a packet, of which there is the part `range` of the one that came.
  private mutating func emit(
    _ error: ErrorMessage, about header: PacketHeader, at range: Range<Int>, from source: UInt128,
    _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ send: Send
  ) {
    let copy = Array(buffer[Self.headroom + range.lowerBound..<Self.headroom + range.upperBound])
    let packet = copy.span.bytes
    guard ErrorMessage.mayConcern(header, in: packet) else { return }
    identification &+= 1
    let (returnsHops, identification) = (returnsHops, identification)
    let length = message.change(Self.frameRoom..<message.count) { output in
      let length = error.write(
        about: header, in: packet, from: source, identification: identification, into: &output)
      guard balancer.seesOff(&output, routes, at: now) else { return 0 }
      if returnsHops { output.giveHop() }
      return length
    }
    if length > 0 { emit(message: length, send) }
  }
}

extension Balancer {
  /// Takes note of a message that the director sends. False: it must not go.
  fileprivate mutating func seesOff(
    _ message: inout MutableRawSpan, _ routes: some Routes, at now: Instant
  ) -> Bool {
    guard var header = try? PacketHeader(reading: message.bytes) else { return false }
    switch handle(&message, &header, at: .localOut, routes: routes, at: now) {
    case .drop, .refuse, .report: return false
    case .pass, .toClient, .toServer: return true
    }
  }
}
