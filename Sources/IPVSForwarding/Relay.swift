internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

/// Takes packets one by one, asks the balancer, and sends on what comes of them.
struct Relay {
  /// No packet is longer, headers included.
  static let largestPacket = TunDevice.largestPacket

  /// What may stand before a packet once it is in a tunnel: IPv6, UDP, and GUE.
  static let headroom = 64

  /// What a device puts before a packet, and takes before one. No outer headers reach into it: they have
  /// 52 bytes.
  static let frameRoom = OffloadHeader.length

  /// What is around.
  enum Surroundings {
    /// Nothing: packets come as they are on a wire, and go out on one.
    case wires

    /// A system that routes packets here and from here. It takes a hop from what comes and one from what
    /// goes; `returnsHops`: they are given back. Where its routes may lead a packet here again and again,
    /// they must not be.
    case router(returnsHops: Bool)
  }

  let isBehindRouter: Bool
  let returnsHops: Bool

  var ways = Ways()

  var tally = Tally()

  var buffer = [UInt8](repeating: 0, count: headroom + largestPacket)
  var message = [UInt8](repeating: 0, count: frameRoom + ErrorMessage.room(.ipv6))
  var identification: UInt16 = 0
  private var reassembly = Reassembly()

  init(_ surroundings: Surroundings) {
    switch surroundings {
    case .wires: (isBehindRouter, returnsHops) = (false, false)
    case .router(let returnsHops): (isBehindRouter, self.returnsHops) = (true, returnsHops)
    }
  }

  /// Calls `fill` with the room for a packet; it returns the packet's length, or nil for none.
  ///
  /// - Parameter room: How many bytes more there are to be before the packet.
  mutating func receive<Failure: Error>(
    behind room: Int = 0, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int?
  ) throws(Failure) -> Int? {
    try buffer.withUnsafeMutableBufferPointer { bytes throws(Failure) in
      try fill(
        UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(bytes)[(Self.headroom - room)...]))
    }
  }

  /// Sends a frame: a packet behind `frameRoom` bytes that may be written to.
  typealias Send = (Departure, OffloadHeader, UnsafeMutableRawBufferPointer) -> Bool

  static func packet(of frame: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: frame[frameRoom...])
  }

  /// Passes on the packet that was received.
  ///
  /// - Parameters:
  ///   - length: The packet's length.
  ///   - send: Sends a packet; false if that cannot be done.
  mutating func pass(
    _ length: Int, _ offload: OffloadHeader, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant, _ send: Send
  ) {
    tally.packets += 1
    if isBehindRouter, passPlain(length, offload, &balancer, routes, at: now, send) { return }
    guard let header = read(length) else {
      // It is for the system around to say what is wrong with it.
      let range = Self.headroom..<Self.headroom + length
      if returnsHops { buffer.change(range) { $0.giveHop() } }
      if isBehindRouter { emit(range, offload, .routed, send) }
      return
    }
    guard var passage = enter(header, offload, at: now) else { return }
    // Nobody tells the addresses at which tunnels begin.
    if !passage.isArrived, tunnelBeginning(passage, balancer) == passage.header.destination {
      passage.isArrived = true
    }
    if !passage.isArrived, !isBehindRouter, passage.header.timeToLive <= 1 {
      refuse(.timeExceeded, passage, &balancer, routes, at: now, send)
      return
    }
    switch decide(&passage, &balancer, routes, at: now) {
    case .pass:
      tally.passed += 1
      if isBehindRouter || !passage.isArrived {
        leave(passage, isDelivered: passage.isArrived, .routed, send)
      }
    case .toClient:
      tally.toClients += 1
      leave(passage, isDelivered: false, .routed, send)
    case .toServer(let transmission): sendToServer(passage, transmission, routes, send)
    case .drop(let reason): tally.drop(reason)
    case .refuse(let fault): refuse(fault, passage, &balancer, routes, at: now, send)
    case .report(let error, let tunnel):
      report(error, tunnel, passage, &balancer, routes, at: now, send)
    }
  }

  /// Nil: the packet is broken.
  mutating func read(_ length: Int) -> PacketHeader? {
    let range = Self.headroom..<Self.headroom + length
    // A router has looked at the checksum already.
    guard let header = try? PacketHeader(reading: buffer.span.bytes.extracting(range)),
      isBehindRouter || buffer.span.bytes.extracting(range).hasRightHeaderChecksum(header)
    else {
      tally.unreadable += 1
      return nil
    }
    return header
  }

  /// Puts the packet together with others if it is a piece. Nil: it goes no further.
  mutating func enter(
    _ header: PacketHeader, _ offload: OffloadHeader, at now: Instant
  ) -> Passage? {
    var header = header
    var cut: Cut?
    if header.fragment != .whole {
      let range = Self.headroom..<Self.headroom + header.length
      guard let whole = complete(Array(buffer[range]), header, at: now) else {
        tally.pieces += 1
        return nil
      }
      buffer.replaceSubrange(Self.headroom..<Self.headroom + whole.bytes.count, with: whole.bytes)
      header = whole.header
      cut = whole.cut
    }
    return Passage(
      header: header, offload: offload,
      isArrived: ways.isVirtual(header.destination, header.family), hasLostHop: returnsHops,
      cut: cut)
  }

  /// The datagram of which a packet holds the last missing piece. Nil: others are missing.
  private mutating func complete(
    _ piece: [UInt8], _ header: PacketHeader, at now: Instant
  ) -> (bytes: [UInt8], header: PacketHeader, cut: Cut)? {
    let packet = piece.span.bytes
    guard let place = FragmentPlace(header, in: packet),
      let whole = reassembly.take(place, header, of: packet, at: now),
      let header = try? PacketHeader(reading: whole.bytes.span.bytes)
    else { return nil }
    return (whole.bytes, header, whole.cut)
  }

  mutating func decide(
    _ passage: inout Passage, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant
  ) -> Verdict {
    let isBehindRouter = isBehindRouter
    return buffer.change(Self.headroom..<Self.headroom + passage.header.length) { packet in
      if passage.isArrived {
        // What arrives has not been routed.
        if passage.hasLostHop { passage.header.incrementTimeToLive(&packet) }
      } else if !isBehindRouter {
        passage.header.decrementTimeToLive(&packet)
      }
      return balancer.handle(
        &packet, &passage.header, at: passage.isArrived ? .localIn : .forward,
        checksum: passage.offload.checksum, longestPiece: passage.cut?.longest, routes: routes,
        at: now)
    }
  }

  mutating func sendToServer(
    _ passage: Passage, _ transmission: Transmission, _ routes: some Routes, _ send: Send
  ) {
    let isDelivered = transmission.isLocal || transmission.method == .localnode
    if let path = transmission.tunnel, !isDelivered {
      wrap(passage, transmission, path, routes, send)
      return
    }
    tally.toServers += 1
    var passage = passage
    let isDirect = transmission.method == .directRouting && !isDelivered
    if isDirect { completeChecksum(&passage) }
    if isDirect || passage.cut != nil {
      let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
      passage.narrow(to: mtu)
    }
    if isDirect {
      let neighbour = IPAddress(transmission.nextHop, transmission.family)
      leave(passage, isDelivered: true, .sent(neighbour), send)
    } else if isBehindRouter || !isDelivered {
      leave(passage, isDelivered: isDelivered, .routed, send)
    }
  }

  /// Sends a packet through a tunnel.
  private mutating func wrap(
    _ passage: Passage, _ transmission: Transmission, _ path: TunnelPath, _ routes: some Routes,
    _ send: Send
  ) {
    var inner = passage
    if !path.takesPartialChecksums { completeChecksum(&inner) }
    identification &+= 1
    let outer = OuterHeader(
      for: inner.header, from: path.source, to: transmission.nextHop, transmission.family, path,
      identification: identification,
      checksum: inner.offload.checksum)
    let end = Self.headroom + inner.header.length
    let isWritten = buffer.change(0..<end) { bytes in
      outer.write(before: Self.headroom, end: end, in: &bytes)
    }
    // What is wrapped cannot be cut into segments later.
    guard isWritten, !passage.offload.isSeveralSegments else {
      tally.lost += 1
      return
    }
    tally.toServers += 1
    let range = Self.headroom - outer.length..<end
    let destination = IPAddress(transmission.nextHop, transmission.family)
    let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
    if let cut = outer.cut(range.count, passage, mtu, identification: UInt32(identification)) {
      emit(pieces: cut, range, .sent(destination), send)
    } else {
      emit(range, OffloadHeader(), .sent(destination), send)
    }
  }

  private mutating func completeChecksum(_ passage: inout Passage) {
    guard passage.offload.hasPartialChecksum else { return }
    let (start, offset) = (
      Int(passage.offload.checksumStart), Int(passage.offload.checksumOffset)
    )
    let length = passage.header.length
    buffer.change(Self.headroom..<Self.headroom + length) { packet in
      _ = packet.completeChecksum(from: start, offset: offset, end: length)
    }
    passage.offload.finish()
  }
}
