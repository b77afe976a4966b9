// SPDX-License-Identifier: Apache-2.0

/// IPVS: rules, connections, and decisions about packets.
///
/// It has one owner, reads no clock, and has no source of random numbers: each call passes the time, and
/// `init` the seed, so that every run can be repeated exactly.
public struct Balancer: ~Copyable {
  /// The settings that packets and connections follow from the next call on.
  public var settings: Settings {
    didSet {
      rules.adopt(settings)
      if masqueradedServers.isKept != (settings.natIcmpSend != 0) { keepMasqueradedServers() }
      updateBackupOnly()
    }
  }

  /// The time up to which all timers have fired.
  public internal(set) var now: Instant

  /// Counters and rates of all services together.
  var counters = Counters()
  var estimate = Estimate()

  /// The virtual services, and their slots by their keys.
  var services = Slab<ServiceRecord>()
  var serviceIndex = HashIndex()
  var serviceTraffic = TrafficTable()
  var lastSerial: UInt64 = 0

  /// Changes with each change of the services and servers, and of how packets reach servers.
  public internal(set) var revision: UInt64 = 0

  /// The number of services of each family: packets of a family without services pass untouched.
  var ipv4Services = 0
  var ipv6Services = 0

  /// The number of services by address with port 0, and with the port of FTP: while there are none, a
  /// look-up does not try these ports.
  var portZeroServices = 0
  var ftpServices = 0

  /// The real servers of all services, and those in the trash.
  var servers = Slab<ServerRecord>(capacity: 64)
  var serverIndex = HashIndex()
  var serverTraffic = TrafficTable()
  var masqueradedServers: MasqueradedServers
  var tunnelServers = TunnelServers()
  var trash = Trash()

  /// The number of servers in the trash above which it is emptied early.
  var trashLimit = Self.leastTrashLimit

  /// The number of servers with another family than their service.
  var mixedServers = 0

  /// The running sync daemons.
  var daemons: [DaemonRole: DaemonSettings] = [:] {
    didSet { updateBackupOnly() }
  }

  /// Whether clients' packets are left to the director's own stack (net/ip_vs.h, `sysctl_backup_only`).
  private(set) var isBackupOnly = false

  var connections: ConnectionTable

  /// The state transitions of connections.
  var rules: StateRules

  var clock: Clock
  var random: SplitMix

  /// The search for connections of deleted servers; nil while there is none.
  var sweep: Sweep?

  // For `drop_packet` and `drop_entry`: every `dropRate`-th packet is dropped, the next one in
  // `dropCounter` packets; `dropTurns` counts the same for connections by their number of packets.
  var dropRate: Int64 = 0
  var dropCounter: Int64 = 0
  var dropTurns = InlineArray<9, Int8>(repeating: 0)

  /// Without it, a new connection takes 20 % more instructions.
  private let keptInPlace = KeptInPlace()

  /// - Parameters:
  ///   - settings: The initial settings.
  ///   - seed: The seed of the hash secret and of random decisions; clients must not know it.
  ///   - now: The time at the start.
  public init(settings: Settings = Settings(), seed: UInt64, at now: Instant = Instant(ticks: 0)) {
    self.settings = settings
    self.now = now
    rules = StateRules(settings)
    masqueradedServers = MasqueradedServers(isKept: settings.natIcmpSend != 0)
    clock = Clock(at: now)
    random = SplitMix(seed: seed)
    connections = ConnectionTable(&random, at: now)
  }

  /// The setting `backup_only` counts only while a backup daemon runs.
  private mutating func updateBackupOnly() {
    isBackupOnly = settings.backupOnly != 0 && daemons[.backup] != nil
  }
}

/// A property of this type makes the compiler pass the enclosing struct by its address.
///
/// The compiler copies a struct of known layout to the stack before each call that only borrows it, even
/// a noncopyable one. It does not copy an existential, whose layout it does not know.
struct KeptInPlace {
  private let unknown: any Sendable = ()
}
