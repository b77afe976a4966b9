/// How long idle connections live, in seconds (ipvsadm(8), `--set`).
///
/// As a change, 0 keeps the present value. The settings hold for a whole network namespace.
public struct Timeouts: Hashable, Sendable {
  /// TCP connections in state ESTABLISHED.
  public var tcp: UInt32

  /// TCP connections in state FIN_WAIT.
  public var tcpFin: UInt32

  public var udp: UInt32

  public init(tcp: UInt32, tcpFin: UInt32, udp: UInt32) {
    self.tcp = tcp
    self.tcpFin = tcpFin
    self.udp = udp
  }
}
