// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// The settings of a director, those of `/proc/sys/net/ipv4/vs`, with the kernel's defaults
/// (Documentation/networking/ipvs-sysctl.rst), and the timeouts that ipvsadm(8) sets with `--set`.
public struct Settings: Hashable, Sendable {
  public var amDropRate: Int32 = 10
  public var backupOnly: Int32 = 0
  public var cacheBypass: Int32 = 0
  public var connReuseMode: Int32 = 1
  public var dropEntry: Int32 = 0
  public var dropPacket: Int32 = 0
  public var expireNodestConn: Int32 = 0
  public var expireQuiescentTemplate: Int32 = 0
  public var natIcmpSend: Int32 = 0
  public var pmtuDisc: Int32 = 1
  public var runEstimation: Int32 = 1
  public var scheduleIcmp: Int32 = 0
  public var secureTcp: Int32 = 0
  public var sloppySctp: Int32 = 0
  public var sloppyTcp: Int32 = 0
  public var lblcExpiration: Int32 = 86400
  public var lblcrExpiration: Int32 = 86400

  /// The most connections and templates at a time; over it, new connections are refused.
  public var connMax: Int32 = 1 << 22

  /// Seconds, as `--set` gives them: of TCP ESTABLISHED, TCP FIN_WAIT, and UDP.
  public var tcpTimeout: UInt32 = 900
  public var tcpFinTimeout: UInt32 = 120
  public var udpTimeout: UInt32 = 300

  /// The release of Linux whose IPVS the balancer behaves as, where releases differ.
  public var kernel = KernelRelease.newest

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
  case unknown(ByteString)
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
