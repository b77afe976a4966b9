extension Balancer {
  /// The longest timeout in seconds: in ticks, it is a signed number of 32 bits.
  private static var longestTimeout: UInt32 { UInt32(Int32.max) / UInt32(Instant.ticksPerSecond) }

  /// Sets the timeouts of connections, in seconds, for changes of state from now on. 0 leaves one as
  /// it is.
  ///
  /// - Throws: EINVAL: one is above 21474836; none is changed then.
  public mutating func setTimeouts(
    tcp: UInt32, tcpFin: UInt32, udp: UInt32
  ) throws(KernelError) {
    guard max(tcp, tcpFin, udp) <= Self.longestTimeout else { throw .invalid }
    if tcp != 0 { settings.tcpTimeout = tcp }
    if tcpFin != 0 { settings.tcpFinTimeout = tcpFin }
    if udp != 0 { settings.udpTimeout = udp }
  }
}
