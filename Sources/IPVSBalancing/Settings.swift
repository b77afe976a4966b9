// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// The settings of a director, those of `/proc/sys/net/ipv4/vs`, with the kernel's defaults
/// (Documentation/networking/ipvs-sysctl.rst), and the timeouts that ipvsadm(8) sets with `--set`.
///
/// Switches are off at 0 and on at every other number. `set(_:to:)` checks the ranges; the variables take
/// any number.
public struct Settings: Hashable, Sendable {
  /// `am_droprate`: with `dropPacket` 3, one of this many packets is dropped of those that would begin
  /// a connection; 0 or less drops none.
  public var amDropRate: Int32 = 10

  /// `backup_only`: a switch; while a backup daemon runs, clients' packets pass unbalanced.
  public var backupOnly: Int32 = 0

  /// `cache_bypass`: a switch; where a service by mark has no server for a connection, its packets go
  /// to the destination that they have.
  public var cacheBypass: Int32 = 0

  /// `conn_reuse_mode`, of a client that uses a port again: 0 keeps its connection's server; every other
  /// number schedules anew where the connection is in TIME_WAIT or CLOSE; with bit 1 (2), where it is in
  /// FIN_WAIT and the director sees no replies as well.
  public var connReuseMode: Int32 = 1

  /// `drop_entry`, 0...3: with 3, connections that were never answered, and idle ones with few packets,
  /// are dropped at random, a 32nd of the table each second. 1 and 2 drop while memory is low, which it
  /// never is here.
  public var dropEntry: Int32 = 0

  /// `drop_packet`, 0...3: with 3, packets that would begin a connection are dropped (`amDropRate`). 1
  /// and 2 drop while memory is low, which it never is here.
  public var dropPacket: Int32 = 0

  /// `expire_nodest_conn`: a switch; connections end with their server. Otherwise their packets are
  /// dropped, and they go on once the server is added again.
  public var expireNodestConn: Int32 = 0

  /// `expire_quiescent_template`: a switch; persistence ends where a server's weight is 0.
  public var expireQuiescentTemplate: Int32 = 0

  /// `nat_icmp_send`: a switch; a packet of a masqueraded server that belongs to no connection is
  /// answered with ICMP port unreachable.
  public var natIcmpSend: Int32 = 0

  /// `pmtu_disc`: a switch; the outer header of a tunnel copies DF from the packet inside.
  public var pmtuDisc: Int32 = 1

  /// `run_estimation`: a switch; what listings show of counters and rates follows the traffic.
  public var runEstimation: Int32 = 1

  /// `schedule_icmp`: a switch; an ICMP error about a packet of no connection is scheduled as the packet
  /// would be.
  public var scheduleIcmp: Int32 = 0

  /// `secure_tcp`, 0...3: with 2 and 3, the states of TCP follow the kernel's table against SYN floods, in
  /// which only the server's answer establishes a connection. 2 lasts a second, until the defence sees
  /// that memory is not low.
  public var secureTcp: Int32 = 0

  /// `sloppy_sctp`: a switch; every chunk but ABORT begins a connection, not only INIT.
  public var sloppySctp: Int32 = 0

  /// `sloppy_tcp`: a switch; every segment without RST begins a connection, not only a SYN.
  public var sloppyTcp: Int32 = 0

  /// `lblc_expiration`: after how many seconds without use lblc forgets the server of a destination.
  public var lblcExpiration: Int32 = 86400

  /// `lblcr_expiration`: the same for lblcr; after as long without a change, the set of a destination's
  /// servers loses its most loaded one.
  public var lblcrExpiration: Int32 = 86400

  /// `conn_max`: the most connections and templates at a time; over it, new connections are refused.
  public var connMax: Int32 = 1 << 22

  /// The timeout of TCP ESTABLISHED in seconds, as `--set` gives it.
  public var tcpTimeout: UInt32 = 900

  /// The timeout of TCP FIN_WAIT in seconds.
  public var tcpFinTimeout: UInt32 = 120

  /// The timeout of UDP in seconds.
  public var udpTimeout: UInt32 = 300

  /// `net.ipv4.ip_unprivileged_port_start`: the first port that needs no privilege, from which on a port may
  /// be that of an FTP data connection.
  public var firstUnprivilegedPort: UInt16 = 1024

  /// The release of Linux whose IPVS the balancer behaves as, where releases differ.
  public var kernel = KernelRelease.newest

  /// The kernel's defaults.
  public init() {}

  private struct Row: Sendable {
    let name: StaticString
    let path: any WritableKeyPath<Settings, Int32> & Sendable
    var range: ClosedRange<Int32> = .min ... .max
  }

  private static let rows: [Row] = [
    Row(name: "am_droprate", path: \.amDropRate),
    Row(name: "backup_only", path: \.backupOnly),
    Row(name: "cache_bypass", path: \.cacheBypass),
    Row(name: "conn_max", path: \.connMax, range: 0...1 << 30),
    Row(name: "conn_reuse_mode", path: \.connReuseMode),
    Row(name: "drop_entry", path: \.dropEntry, range: 0...3),
    Row(name: "drop_packet", path: \.dropPacket, range: 0...3),
    Row(name: "expire_nodest_conn", path: \.expireNodestConn),
    Row(name: "expire_quiescent_template", path: \.expireQuiescentTemplate),
    Row(name: "lblc_expiration", path: \.lblcExpiration),
    Row(name: "lblcr_expiration", path: \.lblcrExpiration),
    Row(name: "nat_icmp_send", path: \.natIcmpSend),
    Row(name: "pmtu_disc", path: \.pmtuDisc),
    Row(name: "run_estimation", path: \.runEstimation),
    Row(name: "schedule_icmp", path: \.scheduleIcmp),
    Row(name: "secure_tcp", path: \.secureTcp, range: 0...3),
    Row(name: "sloppy_sctp", path: \.sloppySctp),
    Row(name: "sloppy_tcp", path: \.sloppyTcp),
  ]

  /// Settings of the kernel without effect here, as there is no connection tracking, no memory limit, and
  /// no thread of a sync daemon. They are accepted, so that the kernel's list of settings can be used.
  private static let idleRows: [(name: StaticString, range: ClosedRange<Int32>)] = [
    ("amemthresh", .min ... .max), ("conn_lfactor", -8...8), ("conntrack", .min ... .max),
    ("debug_level", .min ... .max), ("est_nice", -20...19), ("ignore_tunneled", .min ... .max),
    ("snat_reroute", .min ... .max), ("svc_lfactor", -8...8), ("sync_persist_mode", 0...1),
    ("sync_ports", 1...64), ("sync_qlen_max", .min ... .max), ("sync_refresh_period", 0 ... .max),
    ("sync_retries", 0...3), ("sync_sock_size", .min ... .max), ("sync_version", 0...1),
  ]

  /// The names that can be set, in alphabetical order.
  public static var names: [StaticString] { rows.map(\.name) }

  /// The names that are accepted without effect, in alphabetical order.
  public static var idleNames: [StaticString] { idleRows.map(\.name) }

  /// The values that can be set, by their names, in alphabetical order.
  public var values: [(name: StaticString, value: Int32)] {
    Self.rows.map { ($0.name, self[keyPath: $0.path]) }
  }

  /// Sets a value by its name in `/proc/sys/net/ipv4/vs`.
  ///
  /// - Throws: `unknown` for another name, `range` for a value outside of the setting's range.
  public mutating func set(_ name: ByteString, to value: Int32) throws(SettingError) {
    if let row = Self.rows.first(where: { name == ByteString(stringLiteral: $0.name) }) {
      guard row.range.contains(value) else { throw .range(name, row.range) }
      self[keyPath: row.path] = value
    } else if let row = Self.idleRows.first(where: { name == ByteString(stringLiteral: $0.name) }) {
      guard row.range.contains(value) else { throw .range(name, row.range) }
    } else {
      throw .unknown(name)
    }
  }
}

/// Why a setting is rejected.
public enum SettingError: Error, Hashable, Sendable {
  /// There is no setting of this name.
  case unknown(ByteString)

  /// The value of the setting is outside of its range.
  case range(ByteString, ClosedRange<Int32>)
}

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
