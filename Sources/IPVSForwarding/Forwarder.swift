// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSPackets

/// Asks the balancer about each packet that a port receives, and sends what results through the port.
struct Forwarder: ~Copyable {
  /// How long the first fragment of a datagram waits for the last, in ticks (`ipfrag_time`).
  private static let fragmentPatience = 30 * Instant.ticksPerSecond

  let isBehindRouter: Bool
  let restoresTimeToLive: Bool

  var interceptSet = InterceptSet()

  var counters = ForwardingCounters()

  /// Memory for packets that are not the port's: an ICMP error, a fragment, and a reassembled datagram.
  let message = FrameMemory(capacity: ErrorMessage.room(.ipv6))
  let fragment = FrameMemory()
  private let whole = FrameMemory()

  var identification: UInt16 = 0
  private var reassembly = Reassembly(patience: Self.fragmentPatience)

  init(_ capabilities: PortCapabilities) {
    switch capabilities.router {
    case .none: (isBehindRouter, restoresTimeToLive) = (false, false)
    case .system(let restoresTimeToLive):
      (isBehindRouter, self.restoresTimeToLive) = (true, restoresTimeToLive)
    }
  }

  /// Forwards the packets that wait at a port.
  ///
  /// - Parameter limit: The most packets, except that the last batch is completed.
  /// - Throws: What the port throws.
  mutating func turn<Port: PacketPort & ~Copyable>(
    _ limit: Int, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant,
    _ port: inout Port
  ) throws(Port.Failure) {
    var batch = PacketBatch()
    var count = 0
    while count < limit {
      batch.removeAll()
      try port.receive(into: &batch)
      if batch.count == 0 { break }
      for index in 0..<batch.count { pass(batch[index], &balancer, routes, at: now, &port) }
      count += batch.count
      try port.flush()
    }
  }

  /// Forwards a packet.
  ///
  /// - Parameters:
  ///   - frame: The packet, with `PacketFrame.headroom` bytes before it.
  ///   - port: What sends it.
  mutating func pass<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant,
    _ port: inout Port
  ) {
    let routes = SegmentRoutes(of: routes, segmentLength: frame.offload.segmentLength)
    counters.packets += 1
    if isBehindRouter, passPlain(frame, &balancer, routes, at: now, &port) { return }
    guard let header = read(frame) else {
      // The system says what is wrong with it.
      if restoresTimeToLive { frame.change { $0.incrementTimeToLive() } }
      if isBehindRouter { emit(frame, .routed, &port) }
      return
    }
    guard var context = enter(frame, header, at: now) else { return }
    // Rules do not list our own tunnel endpoints; recognise one by the quoted outer source.
    if !context.isArrived, tunnelBeginning(context, balancer) == context.header.destination {
      context.isArrived = true
    }
    if !context.isArrived, !isBehindRouter, context.header.timeToLive <= 1 {
      refuse(.timeExceeded, context, &balancer, routes, at: now, &port)
      return
    }
    switch decide(&context, &balancer, routes, at: now) {
    case .pass:
      counters.passed += 1
      if isBehindRouter || !context.isArrived {
        leave(context, isDelivered: context.isArrived, .routed, &port)
      }
    case .toClient:
      counters.toClients += 1
      leave(context, isDelivered: false, .routed, &port)
    case .toServer(let transmission): sendToServer(context, transmission, routes, &port)
    case .drop(let reason): counters.drop(reason)
    case .refuse(let fault): refuse(fault, context, &balancer, routes, at: now, &port)
    case .report(let error, let tunnel):
      report(error, tunnel, context, &balancer, routes, at: now, &port)
    }
  }

  /// Reads the headers of a packet.
  ///
  /// - Returns: Nil, and it is counted, if the packet is malformed.
  mutating func read(_ frame: PacketFrame) -> PacketHeader? {
    let packet = frame.packet
    // A router has verified the checksum already.
    guard let header = try? PacketHeader(reading: packet.bytes),
      isBehindRouter || header.hasRightChecksum(in: packet.bytes)
    else {
      counters.unreadable += 1
      return nil
    }
    return header
  }

  /// Reassembles the packet with others if it is a fragment.
  ///
  /// - Returns: The packet, or the whole datagram; nil while other fragments are missing.
  mutating func enter(
    _ frame: PacketFrame, _ header: PacketHeader, at now: Instant
  ) -> PacketContext? {
    var (frame, header) = (frame, header)
    var plan: FragmentPlan?
    if header.fragment != .whole {
      guard let complete = complete(frame, header, at: now) else {
        counters.fragments += 1
        return nil
      }
      (frame, header, plan) = complete
    }
    return PacketContext(
      frame: frame, header: header,
      isArrived: interceptSet.isVirtual(header.destination, header.family),
      hasLostHop: restoresTimeToLive, plan: plan)
  }

  /// The datagram that a fragment completes, if it does.
  private mutating func complete(
    _ frame: PacketFrame, _ header: PacketHeader, at now: Instant
  ) -> (PacketFrame, PacketHeader, FragmentPlan)? {
    let packet = frame.packet
    guard let info = FragmentInfo(header, in: packet.bytes),
      let datagram = reassembly.take(info, header, of: packet.bytes, at: now.ticks),
      let header = try? PacketHeader(reading: datagram.bytes.span.bytes)
    else { return nil }
    var copy = datagram.bytes.withUnsafeBytes { whole.copy($0) }
    copy.offload = frame.offload
    return (copy, header, datagram.plan)
  }

  mutating func decide(
    _ context: inout PacketContext, _ balancer: inout Balancer, _ routes: some Routes,
    at now: Instant
  ) -> Verdict {
    let (isBehindRouter, isArrived) = (isBehindRouter, context.isArrived)
    let restoresHop = context.isArrived && context.hasLostHop
    let (checksum, longest) = (context.frame.offload.checksum, context.plan?.longest)
    return context.change { packet, header in
      if isArrived {
        // A packet that arrives has not been routed.
        if restoresHop { header.incrementTimeToLive(&packet) }
      } else if !isBehindRouter {
        header.decrementTimeToLive(&packet)
      }
      return balancer.handle(
        &packet, &header, at: isArrived ? .localIn : .forward, checksum: checksum,
        longestPiece: longest, routes: routes, at: now)
    }
  }

  mutating func sendToServer<Port: PacketPort & ~Copyable>(
    _ context: PacketContext, _ transmission: Transmission, _ routes: some Routes,
    _ port: inout Port
  ) {
    let isDelivered = transmission.isLocal || transmission.method == .localnode
    if let path = transmission.tunnel, !isDelivered {
      wrap(context, transmission, path, routes, &port)
      return
    }
    counters.toServers += 1
    var context = context
    let isDirect = transmission.method == .directRouting && !isDelivered
    if isDirect { context.completeChecksum() }
    if isDirect || context.plan != nil {
      let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
      context.narrow(to: mtu)
    }
    if isDirect {
      let nextHop = IPAddress(transmission.nextHop, transmission.family)
      leave(context, isDelivered: true, .nextHop(nextHop), &port)
    } else if isBehindRouter || !isDelivered {
      leave(context, isDelivered: isDelivered, .routed, &port)
    }
  }

  /// Sends a packet through a tunnel.
  private mutating func wrap<Port: PacketPort & ~Copyable>(
    _ context: PacketContext, _ transmission: Transmission, _ path: TunnelPath,
    _ routes: some Routes, _ port: inout Port
  ) {
    var inner = context
    if !path.takesPartialChecksums { inner.completeChecksum() }
    identification &+= 1
    let outer = OuterHeader(
      for: inner.header, from: path.source, to: transmission.nextHop, transmission.family, path,
      identification: identification, checksum: inner.frame.offload.checksum)
    var frame = inner.frame
    frame.length = inner.header.length
    frame.offload = PacketOffload()
    frame.prepend(outer.length)
    let isWritten = frame.change { bytes in
      outer.write(before: outer.length, end: bytes.byteCount, in: &bytes)
    }
    // A wrapped packet cannot be cut into segments later.
    guard isWritten, !context.frame.offload.isSeveralSegments else {
      counters.lost += 1
      return
    }
    counters.toServers += 1
    let nextHop = IPAddress(transmission.nextHop, transmission.family)
    let mtu = routes.route(to: transmission.nextHop, transmission.family)?.mtu ?? .max
    let plan = outer.fragmentPlan(
      context.plan, length: frame.length, mtu: mtu, identification: UInt32(identification))
    if let plan {
      emit(frame, in: plan, .nextHop(nextHop), &port)
    } else {
      emit(frame, .nextHop(nextHop), &port)
    }
  }
}

extension Forwarder {
  /// The fast path: forwards a packet of an established connection as `pass` does, without the checks that
  /// such a packet does not need. Only behind a router, which has verified the header's checksum.
  ///
  /// - Returns: False, with nothing changed, if the packet is another one.
  mutating func passPlain<Port: PacketPort & ~Copyable>(
    _ frame: PacketFrame, _ balancer: inout Balancer, _ routes: some Routes, at now: Instant,
    _ port: inout Port
  ) -> Bool {
    let restoresTimeToLive = restoresTimeToLive
    let checksum = frame.offload.checksum
    let isRequest: Bool? = frame.change { packet in
      // A router has decremented the time to live of what comes, and decrements that of what goes.
      if balancer.forward(&packet, at: .localIn, checksum: checksum, routes: routes, at: now) {
        for _ in 0..<(restoresTimeToLive ? 2 : 0) { packet.incrementTimeToLive() }
        return true
      }
      guard balancer.forward(&packet, at: .forward, checksum: checksum, routes: routes, at: now)
      else { return nil }
      if restoresTimeToLive { packet.incrementTimeToLive() }
      return false
    }
    guard let isRequest else { return false }
    if isRequest { counters.toServers += 1 } else { counters.toClients += 1 }
    var frame = frame
    // What follows the packet's own end in the frame is not sent.
    frame.length = PlainSegment.length(of: frame.packet.bytes)
    emit(frame, .routed, &port)
    return true
  }
}
