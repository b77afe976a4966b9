// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSPackets

// The fast path. Most packets carry data of an established, masqueraded TCP connection over IPv4 and only
// restart its timer. For them `forward` does the same as `handle`, in a third of the instructions.

extension Balancer {
  /// Rewrites a plain packet of an established, masqueraded connection. The parameters are those of
  /// `handle`.
  ///
  /// - Returns: Whether the packet was one; otherwise nothing is changed, and `handle` decides.
  public mutating func forward(
    _ packet: inout MutableRawSpan, at hook: Hook, checksum: ChecksumState = .complete,
    routes: some Routes, at now: Instant
  ) -> Bool {
    guard hasServices(.ipv4) else { return false }
    return hook == .forward
      ? forwardReply(&packet, checksum, now) : forwardRequest(&packet, checksum, routes, now)
  }

  private mutating func forwardRequest(
    _ packet: inout MutableRawSpan, _ checksum: ChecksumState, _ routes: some Routes,
    _ now: Instant
  ) -> Bool {
    guard let segment = PlainSegment(reading: packet.bytes), !isBackupOnly,
      let index = connections.find(segment.requestKey)
    else { return false }
    let connection = connections.pointer(to: index)
    guard connection.pointee.isFlowing, let destination = connection.pointee.destination,
      servers[destination].isAvailable,
      let route = routes.route(to: connection.pointee.server, .ipv4), !route.isLocal,
      segment.length <= route.mtu
    else { return false }
    countInbound(destination, bytes: segment.length)
    segment.dnat(
      &packet, to: UInt32(truncatingIfNeeded: connection.pointee.server),
      port: connection.pointee.serverPort, checksum: checksum)
    connection.pointee.packets &+= 1
    connection.pointee.timeout = rules.establishedTimeout
    connections.restart(index, at: now)
    return true
  }

  private mutating func forwardReply(
    _ packet: inout MutableRawSpan, _ checksum: ChecksumState, _ now: Instant
  ) -> Bool {
    guard let segment = PlainSegment(reading: packet.bytes),
      let index = connections.find(segment.replyKey)
    else { return false }
    let connection = connections.pointer(to: index)
    guard connection.pointee.isFlowing, let destination = connection.pointee.destination,
      servers[destination].isAvailable
    else { return false }
    segment.snat(
      &packet, as: UInt32(truncatingIfNeeded: connection.pointee.virtual),
      port: connection.pointee.virtualPort, checksum: checksum)
    countOutbound(destination, bytes: segment.length)
    connection.pointee.timeout = rules.establishedTimeout
    connections.restart(index, at: now)
    return true
  }
}

extension PlainSegment {
  @inline(__always)
  fileprivate var requestKey: ConnectionKey {
    ConnectionKey(
      client: UInt128(source), other: UInt128(destination), clientPort: sourcePort,
      otherPort: destinationPort, transport: TransportNumber.tcp, isIPv6: false, kind: .request)
  }

  @inline(__always)
  fileprivate var replyKey: ConnectionKey {
    ConnectionKey(
      client: UInt128(destination), other: UInt128(source), clientPort: destinationPort,
      otherPort: sourcePort, transport: TransportNumber.tcp, isIPv6: false, kind: .reply)
  }
}

extension Connection {
  /// Whether the connection is masqueraded and established.
  @inline(__always)
  fileprivate var isFlowing: Bool {
    flags.isDisjoint(with: [.forwarding, .lacksOutput])
      && state == TCPState.established.rawValue
  }
}
