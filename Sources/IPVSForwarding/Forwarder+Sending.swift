// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSPackets

// How packets are sent, those that the director makes included.

extension Forwarder {
  /// Sends a packet as it now is.
  ///
  /// - Parameter isDelivered: No router decrements its time to live any more.
  mutating func leave<Port: PacketPort & ~Copyable>(
    _ context: PacketContext, isDelivered: Bool, _ egress: Egress, _ port: inout Port
  ) {
    var frame = context.frame
    frame.length = context.header.length
    if restoresTimeToLive, !isDelivered {
      var header = context.header
      frame.change { header.incrementTimeToLive(&$0) }
    }
    if let plan = context.plan {
      emit(frame, in: plan, egress, &port)
    } else {
      emit(frame, egress, &port)
    }
  }

  /// Sends a packet in fragments.
  mutating func emit<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, in plan: FragmentPlan, _ egress: Egress, _ port: inout Port
  ) {
    let packet = frame.packet
    let memory = fragment.frame(length: PacketFrame.largestPacket)
    var start = plan.headers
    while let length = memory.change({ plan.next(&start, of: packet.bytes, into: &$0) }) {
      emit(fragment.frame(length: length), egress, &port)
    }
  }

  @inline(__always)
  mutating func emit<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ egress: Egress, _ port: inout Port
  ) {
    if !port.send(frame, egress) { counters.lost += 1 }
  }
}

extension Forwarder {
  /// Refuses a packet with an ICMP error to its sender. Its source is the address that the packet was sent
  /// to, if that is the director's; otherwise the director's own on the route to the sender, if known.
  mutating func refuse<Port: PacketPort & ~Copyable>(
    _ fault: ICMPFault, _ context: PacketContext, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant, _ port: inout Port
  ) {
    counters.refused += 1
    let header = context.header
    let route = context.isArrived ? nil : routes.route(to: header.source, header.family)
    let source = route.map { $0.source == 0 ? header.destination : $0.source }
    emit(
      ErrorMessage(fault, header.family), about: header, in: context, at: 0..<header.length,
      from: source ?? header.destination, &balancer, routes, at: now, &port)
  }

  /// Reports to the sender of a packet that was in a tunnel what an error says about the outer packet.
  mutating func report<Port: PacketPort & ~Copyable>(
    _ error: ErrorMessage, _ tunnel: QuotedTunnel, _ context: PacketContext,
    _ balancer: inout Balancer, _ routes: some Routes, at now: Instant, _ port: inout Port
  ) {
    counters.toClients += 1
    emit(
      error, about: tunnel.inner, in: context, at: tunnel.innerOffset..<context.header.length,
      from: tunnel.inner.destination, &balancer, routes, at: now, &port)
  }

  /// The director's end of the tunnel that a packet is an error about, if it is one.
  func tunnelBeginning(_ context: PacketContext, _ balancer: borrowing Balancer) -> UInt128? {
    let packet = context.packet
    return context.header.transport == TransportNumber.icmp
      ? balancer.tunnelBeginning(context.header, in: packet.bytes) : nil
  }

  /// Sends a message about a packet, which is the part `range` of the one in `context`.
  private mutating func emit<Port: PacketPort & ~Copyable>(
    _ error: ErrorMessage, about header: PacketHeader, in context: PacketContext,
    at range: Range<Int>, from source: UInt128, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant, _ port: inout Port
  ) {
    let memory = UnsafeRawBufferPointer(rebasing: context.packet[range])
    let packet = memory.bytes
    guard ErrorMessage.mayConcern(header, in: packet) else { return }
    identification &+= 1
    var frame = message.frame(length: ErrorMessage.room(header.family))
    let (restoresTimeToLive, identification) = (restoresTimeToLive, identification)
    frame.length = frame.change { output in
      let length = error.write(
        about: header, in: packet, from: source, identification: identification, into: &output)
      guard balancer.permits(&output, routes, at: now) else { return 0 }
      if restoresTimeToLive { output.incrementTimeToLive() }
      return length
    }
    if frame.length > 0 { emit(frame, .routed, &port) }
  }
}

extension Balancer {
  /// Takes note of a message that the director is about to send.
  ///
  /// - Returns: Whether it may be sent.
  fileprivate mutating func permits(
    _ message: inout MutableRawSpan, _ routes: some Routes, at now: Instant
  ) -> Bool {
    guard var header = try? PacketHeader(reading: message.bytes) else { return false }
    switch handle(&message, &header, at: .localOut, routes: routes, at: now) {
    case .drop, .refuse, .report: return false
    case .pass, .toClient, .toServer: return true
    }
  }
}
