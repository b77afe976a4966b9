internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSPackets

/// Takes packets one by one, asks the balancer, and sends on what comes of them.
struct Forwarder {
  /// No packet is longer, headers included.
  static let largestPacket = TunDevice.largestPacket

  /// What may stand before a packet once it is in a tunnel: IPv6, UDP, and GUE.
  static let headroom = 64

  /// What a device puts before a packet, and takes before one. No outer headers reach into it: they have
  /// 52 bytes.
  static let frameRoom = OffloadHeader.length

  /// What is around.
  enum HostInfo {
    /// Nothing: packets come as they are on a wire, and go out on one.
    case wires

    /// A system that routes packets here and from here. It takes a hop from what comes and one from what
    /// goes; `returnsHops`: they are given back. Where its routes may lead a packet here again and again,
    /// they must not be.
    case router(returnsHops: Bool)
  }

  let isBehindRouter: Bool
  let returnsHops: Bool

  var interceptSet = InterceptSet()

  var counters = ForwardingCounters()

  var buffer = [UInt8](repeating: 0, count: headroom + largestPacket)
  var message = [UInt8](repeating: 0, count: frameRoom + ErrorMessage.room(.ipv6))
  var identification: UInt16 = 0
  private var reassembly = Reassembly()

  init(_ hostInfo: HostInfo) {
    switch hostInfo {
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
  typealias Send = (Egress, OffloadHeader, UnsafeMutableRawBufferPointer) -> Bool

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
    counters.packets += 1
    if isBehindRouter, passPlain(length, offload, &balancer, routes, at: now, send) { return }
    guard let header = read(length) else {
      // It is for the system around to say what is wrong with it.
      let range = Self.headroom..<Self.headroom + length
      if returnsHops { buffer.change(range) { $0.giveHop() } }
      if isBehindRouter { emit(range, offload, .routed, send) }
      return
    }
    guard var context = enter(header, offload, at: now) else { return }
    // Nobody tells the addresses at which tunnels begin.
    if !context.isArrived, tunnelBeginning(context, balancer) == context.header.destination {
      context.isArrived = true
    }
    if !context.isArrived, !isBehindRouter, context.header.timeToLive <= 1 {
      refuse(.timeExceeded, context, &balancer, routes, at: now, send)
      return
    }
    switch decide(&context, &balancer, routes, at: now) {
    case .pass:
      counters.passed += 1
      if isBehindRouter || !context.isArrived {
        leave(context, isDelivered: context.isArrived, .routed, send)
      }
    case .toClient:
      counters.toClients += 1
      leave(context, isDelivered: false, .routed, send)
    case .toServer(let transmission): sendToServer(context, transmission, routes, send)
    case .drop(let reason): counters.drop(reason)
    case .refuse(let fault): refuse(fault, context, &balancer, routes, at: now, send)
    case .report(let error, let tunnel):
      report(error, tunnel, context, &balancer, routes, at: now, send)
    }
  }

  /// Nil: the packet is broken.
  mutating func read(_ length: Int) -> PacketHeader? {
    let range = Self.headroom..<Self.headroom + length
    // A router has looked at the checksum already.
    guard let header = try? PacketHeader(reading: buffer.span.bytes.extracting(range)),
      isBehindRouter || buffer.span.bytes.extracting(range).hasRightHeaderChecksum(header)
    else {
      counters.unreadable += 1
      return nil
    }
    return header
  }

  /// Puts the packet together with others if it is a piece. Nil: it goes no further.
  mutating func enter(
    _ header: PacketHeader, _ offload: OffloadHeader, at now: Instant
  ) -> PacketContext? {
    var header = header
    var plan: FragmentPlan?
    if header.fragment != .whole {
      let range = Self.headroom..<Self.headroom + header.length
      guard let whole = complete(Array(buffer[range]), header, at: now) else {
        counters.pieces += 1
        return nil
      }
      buffer.replaceSubrange(Self.headroom..<Self.headroom + whole.bytes.count, with: whole.bytes)
      header = whole.header
      plan = whole.plan
    }
    return PacketContext(
      header: header, offload: offload,
      isArrived: interceptSet.isVirtual(header.destination, header.family), hasLostHop: returnsHops,
      plan: plan)
  }

  /// The datagram of which a packet holds the last missing piece. Nil: others are missing.
  private mutating func complete(
    _ piece: [UInt8], _ header: PacketHeader, at now: Instant
  ) -> (bytes: [UInt8], header: PacketHeader, plan: FragmentPlan)? {
    let packet = piece.span.bytes
    guard let place = FragmentInfo(header, in: packet),
      let whole = reassembly.take(place, header, of: packet, at: now),
      let header = try? PacketHeader(reading: whole.bytes.span.bytes)
    else { return nil }
    return (whole.bytes, header, whole.plan)
  }

  mutating func decide(
    _ context: inout PacketContext, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant
  ) -> Verdict {
    let isBehindRouter = isBehindRouter
    return buffer.change(Self.headroom..<Self.headroom + context.header.length) { packet in
      if context.isArrived {
        // What arrives has not been routed.
        if context.hasLostHop { context.header.incrementTimeToLive(&packet) }
      } else if !isBehindRouter {
        context.header.decrementTimeToLive(&packet)
      }
      return balancer.handle(
        &packet, &context.header, at: context.isArrived ? .localIn : .forward,
        checksum: context.offload.checksum, longestPiece: context.plan?.longest, routes: routes,
        at: now)
    }
  }

  mutating func sendToServer(
    _ context: PacketContext, _ transmission: Transmission, _ routes: some Routes, _ send: Send
  ) {
    let isDelivered = transmission.isLocal || transmission.method == .localnode
    if let path = transmission.tunnel, !isDelivered {
      wrap(context, transmission, path, routes, send)
      return
    }
    counters.toServers += 1
    var context = context
    let isDirect = transmission.method == .directRouting && !isDelivered
    if isDirect { completeChecksum(&context) }
    if isDirect || context.plan != nil {
      let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
      context.narrow(to: mtu)
    }
    if isDirect {
      let neighbour = IPAddress(transmission.nextHop, transmission.family)
      leave(context, isDelivered: true, .sent(neighbour), send)
    } else if isBehindRouter || !isDelivered {
      leave(context, isDelivered: isDelivered, .routed, send)
    }
  }

  /// Sends a packet through a tunnel.
  private mutating func wrap(
    _ context: PacketContext, _ transmission: Transmission, _ path: TunnelPath,
    _ routes: some Routes,
    _ send: Send
  ) {
    var inner = context
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
    guard isWritten, !context.offload.isSeveralSegments else {
      counters.lost += 1
      return
    }
    counters.toServers += 1
    let range = Self.headroom - outer.length..<end
    let destination = IPAddress(transmission.nextHop, transmission.family)
    let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
    if let plan = outer.plan(range.count, context, mtu, identification: UInt32(identification)) {
      emit(pieces: plan, range, .sent(destination), send)
    } else {
      emit(range, OffloadHeader(), .sent(destination), send)
    }
  }

  private mutating func completeChecksum(_ context: inout PacketContext) {
    guard context.offload.hasPartialChecksum else { return }
    let (start, offset) = (
      Int(context.offload.checksumStart), Int(context.offload.checksumOffset)
    )
    let length = context.header.length
    buffer.change(Self.headroom..<Self.headroom + length) { packet in
      _ = packet.completeChecksum(from: start, offset: offset, end: length)
    }
    context.offload.finish()
  }
}
