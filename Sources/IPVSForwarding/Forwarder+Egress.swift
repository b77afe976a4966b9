internal import IPVSPackets

// How packets are sent.

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
    plan.forEachPiece(of: packet.bytes) { bytes in
      emit(bytes.withUnsafeBytes { piece.copy($0) }, egress, &port)
    }
  }

  @inline(__always)
  mutating func emit<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ egress: Egress, _ port: inout Port
  ) {
    if !port.send(frame, egress) { counters.lost += 1 }
  }
}
