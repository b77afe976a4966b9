internal import IPVSDevices
internal import IPVSPackets

// How packets leave, as frames: each behind room for what a device says of it.

extension Forwarder {
  /// Sends a packet as it now is.
  ///
  /// - Parameter isDelivered: Nobody takes another hop from it.
  mutating func leave(
    _ context: PacketContext, isDelivered: Bool, _ egress: Egress, _ send: Send
  ) {
    let range = Self.headroom..<Self.headroom + context.header.length
    if returnsHops, !isDelivered {
      var header = context.header
      buffer.change(range) { header.incrementTimeToLive(&$0) }
    }
    if let plan = context.plan {
      emit(pieces: plan, range, egress, send)
    } else {
      emit(range, context.offload, egress, send)
    }
  }

  mutating func emit(
    pieces plan: FragmentPlan, _ range: Range<Int>, _ egress: Egress, _ send: Send
  ) {
    var lost: UInt64 = 0
    plan.forEachPiece(of: buffer.span.bytes.extracting(range)) { piece in
      var frame = [UInt8](repeating: 0, count: Self.frameRoom) + piece
      let range = Self.frameRoom..<frame.count
      if !frame.sending(range, OffloadHeader(), egress, send) { lost += 1 }
    }
    counters.lost += lost
  }

  /// Sends the message that was made, of so many bytes.
  mutating func emit(message length: Int, _ send: Send) {
    let range = Self.frameRoom..<Self.frameRoom + length
    if !message.sending(range, OffloadHeader(), .routed, send) { counters.lost += 1 }
  }

  mutating func emit(
    _ range: Range<Int>, _ offload: OffloadHeader, _ egress: Egress, _ send: Send
  ) {
    if !buffer.sending(range, offload, egress, send) { counters.lost += 1 }
  }
}

extension [UInt8] {
  /// Sends the part `range`, before which there is room for a frame.
  fileprivate mutating func sending(
    _ range: Range<Int>, _ offload: OffloadHeader, _ egress: Egress, _ send: Forwarder.Send
  ) -> Bool {
    withUnsafeMutableBytes { bytes in
      let frame = bytes[range.lowerBound - Forwarder.frameRoom..<range.upperBound]
      return send(egress, offload, UnsafeMutableRawBufferPointer(rebasing: frame))
    }
  }
}
