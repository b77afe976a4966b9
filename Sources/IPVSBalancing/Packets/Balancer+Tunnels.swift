// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSPackets

// ICMP errors about packets that the director sent through a tunnel (ip_vs_core.c, `ip_vs_in_icmp`).

extension Balancer {
  /// The source of the outer packet that an ICMP error quotes, if the inner packet belongs to a connection:
  /// an address of this director, though rules do not list its tunnel endpoints. Nil for other packets.
  public func tunnelBeginning(_ header: PacketHeader, in packet: RawSpan) -> UInt128? {
    guard header.transport == TransportNumber.icmp,
      let message = ICMPErrorMessage(reading: packet, header),
      let tunnel = tunnel(message, packet, header), connection(of: tunnel) != nil
    else { return nil }
    return message.embedded.source
  }

  /// An error about a packet in a tunnel to a server; nil if it is about no known tunnel.
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
      let overhead = tunnel.innerOffset - message.embeddedOffset
      mtu = Self.room(known, behind: settings.reportsOneTunnelMTU ? 20 : overhead)
    }
    countOutbound(connections[index].destination, bytes: header.length - tunnel.innerOffset)
    return .report(ErrorMessage(repeating: message, mtu: mtu), tunnel)
  }

  /// The MTU for inner packets: less what the tunnel prepends, unless too little is left.
  private static func room(_ mtu: Int, behind overhead: Int) -> Int {
    mtu > 68 + overhead ? mtu - overhead : mtu
  }

  /// The tunnel to a real server that an error is about; nil for another one.
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
