internal import IPVSDevices
internal import IPVSPackets

// How packets leave, as frames: each behind room for what a device says of it.

extension Relay {
  /// Sends a packet as it now is.
  ///
  /// - Parameter isDelivered: Nobody takes another hop from it.
  mutating func leave(
    _ passage: Passage, isDelivered: Bool, _ departure: Departure, _ send: Send
  ) {
    let range = Self.headroom..<Self.headroom + passage.header.length
    if returnsHops, !isDelivered {
      var header = passage.header
      buffer.change(range) { header.incrementTimeToLive(&$0) }
    }
    if let cut = passage.cut {
      emit(pieces: cut, range, departure, send)
    } else {
      emit(range, passage.offload, departure, send)
    }
  }

  mutating func emit(
    pieces cut: Cut, _ range: Range<Int>, _ departure: Departure, _ send: Send
  ) {
    var lost: UInt64 = 0
    cut.forEachPiece(of: buffer.span.bytes.extracting(range)) { piece in
      var frame = [UInt8](repeating: 0, count: Self.frameRoom) + piece
      let range = Self.frameRoom..<frame.count
      if !frame.sending(range, OffloadHeader(), departure, send) { lost += 1 }
    }
    tally.lost += lost
  }

  /// Sends the message that was made, of so many bytes.
  mutating func emit(message length: Int, _ send: Send) {
    let range = Self.frameRoom..<Self.frameRoom + length
    if !message.sending(range, OffloadHeader(), .routed, send) { tally.lost += 1 }
  }

  mutating func emit(
    _ range: Range<Int>, _ offload: OffloadHeader, _ departure: Departure, _ send: Send
  ) {
    if !buffer.sending(range, offload, departure, send) { tally.lost += 1 }
  }
}

extension [UInt8] {
  /// Sends the part `range`, before which there is room for a frame.
  fileprivate mutating func sending(
    _ range: Range<Int>, _ offload: OffloadHeader, _ departure: Departure, _ send: Relay.Send
  ) -> Bool {
    withUnsafeMutableBytes { bytes in
      let frame = bytes[range.lowerBound - Relay.frameRoom..<range.upperBound]
      return send(departure, offload, UnsafeMutableRawBufferPointer(rebasing: frame))
    }
  }
}
