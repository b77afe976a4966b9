internal import IPVSAddresses
public import IPVSPackets

// The way of ICMP errors about what the director itself sent through a tunnel (ip_vs_core.c,
// `ip_vs_in_icmp`).

extension Balancer {
  /// Who sent the outer packet that an ICMP error is about, if a packet of a connection was inside: this
  /// director, though nobody may have told it that the address is its own. Nil: it is about none.
  public func tunnelBeginning(_ header: PacketHeader, in packet: RawSpan) -> UInt128? {
    guard header.transport == TransportNumber.icmp,
      let message = ICMPErrorMessage(reading: packet, header),
      let tunnel = tunnel(message, packet, header), connection(of: tunnel) != nil
    else { return nil }
    return message.embedded.source
  }

  /// An error about what was sent to a server through a tunnel; nil if it is about no known tunnel.
  mutating func fromTunnel(
    _ message: ICMPErrorMessage, _ packet: RawSpan, _ header: PacketHeader, _ context: HookContext,
    _ routes: some Routes
  ) -> Verdict? {
    guard context.hook == .localIn, !isBackupOnly,
      let tunnel = tunnel(message, packet, header)
    else { return nil }
    guard let index = connection(of: tunnel) else { return .pass }
    guard message.isChecksumRight(in: packet, header) else { return .drop(.checksum) }
    var mtu = message.mtu
    if let said = mtu {
      let known = routes.learn(mtu: said, to: message.embedded.destination) ?? said
      guard tunnel.inner.dontFragment else { return .drop(.noted) }
      mtu = Self.room(known)
    }
    countOutbound(connections[index].destination, bytes: header.length - tunnel.innerOffset)
    return .report(ErrorMessage(repeating: message, mtu: mtu), tunnel)
  }

  /// What is left for a packet inside, as the kernel tells it: whatever the kind of the tunnel, it takes
  /// an IP header off, unless too little is left.
  private static func room(_ mtu: Int) -> Int { mtu > 68 + 20 ? mtu - 20 : mtu }

  /// The tunnel that an error is about, if it leads to a real server.
  private func tunnel(
    _ message: ICMPErrorMessage, _ packet: RawSpan, _ header: PacketHeader
  ) -> QuotedTunnel? {
    guard let tunnel = QuotedTunnel(in: message, packet, header),
      tunnelServers.contains(
        message.embedded.destination, kind: tunnel.kind, port: tunnel.port)
    else { return nil }
    return tunnel
  }

  private func connection(of tunnel: QuotedTunnel) -> Connection.Index? {
    let inner = tunnel.inner
    guard inner.hasPorts || inner.isProtected else { return nil }
    return connections.find(inner.directKey(.request))
  }
}
