/// The two ends and the kind of a tunnel.
public struct TunnelPath: Hashable, Sendable {
  /// The director's end; the other is the next hop.
  public var source: UInt128

  /// `IP_VS_CONN_F_TUNNEL_TYPE_*`: 1 is GUE, 2 is GRE, everything else is IP in IP.
  public var kind: UInt8

  /// The UDP port of GUE in host order.
  public var port: UInt16

  /// `IP_VS_TUNNEL_ENCAP_FLAG_*`
  public var flags: UInt16

  /// Whether the outer header takes over DF from an IPv4 packet inside (`pmtu_disc`).
  public var keepsDontFragment: Bool

  public init(
    source: UInt128, kind: UInt8, port: UInt16, flags: UInt16, keepsDontFragment: Bool
  ) {
    self.source = source
    self.kind = kind
    self.port = port
    self.flags = flags
    self.keepsDontFragment = keepsDontFragment
  }
}
