/// IPVS: the rules, the connections, and what becomes of packets.
///
/// It has one owner, asks no clock, and draws no random numbers of its own: the time comes with each
/// call, and the seed with `init`, so that every run can be repeated exactly.
public struct Balancer: ~Copyable {
  public var settings: Settings {
    didSet {
      rules.adopt(settings)
      if masqueradedServers.isKept != (settings.natIcmpSend != 0) { keepMasqueradedServers() }
      updateBackupOnly()
    }
  }

  /// The time up to which everything that was due is done.
  public internal(set) var now: Instant

  /// Of everything that passed, whatever the service.
  var counters = Counters()
  var estimate = Estimate()

  /// The virtual services, and where each stands by its key.
  var services = Slab<ServiceRecord>()
  var serviceIndex = HashIndex()
  var serviceTraffic = TrafficTable()
  var lastSerial: UInt64 = 0

  /// Another number after each change of what services and servers there are, and how these are reached.
  public internal(set) var revision: UInt64 = 0

  /// How many services there are of each family: packets of a family without any are not looked at.
  var ipv4Services = 0
  var ipv6Services = 0

  /// How many services by address have the port 0, or that of FTP: while there are none, a look-up
  /// need not try these ports.
  var portZeroServices = 0
  var ftpServices = 0

  /// The real servers of all services, and those in the trash.
  var servers = Slab<ServerRecord>(capacity: 64)
  var serverIndex = HashIndex()
  var serverTraffic = TrafficTable()
  var masqueradedServers: MasqueradedServers
  var tunnelServers = TunnelServers()
  var trash = Trash()

  /// With more servers in the trash than this, it is tidied before its time.
  var trashLimit = Self.leastTrashLimit

  /// How many servers have another family than their service.
  var mixedServers = 0

  /// The sync daemons that run.
  var daemons: [DaemonRole: DaemonSettings] = [:] {
    didSet { updateBackupOnly() }
  }

  /// Whether clients' packets are left to the director's own stack (net/ip_vs.h, `sysctl_backup_only`).
  private(set) var isBackupOnly = false

  var connections: ConnectionTable

  /// What packets make of the states of connections.
  var rules: StateRules

  var clock: Clock
  var random: SplitMix

  /// The search for connections of deleted servers; nil while there is none.
  var sweep: Sweep?

  // For `drop_packet` and `drop_entry`: one packet in how many is dropped, how many it still takes, and
  // the same for connections by their number of packets.
  var dropRate: Int64 = 0
  var dropCounter: Int64 = 0
  var dropTurns = InlineArray<9, Int8>(repeating: 0)

  /// Without it, a new connection takes a fifth more instructions.
  private let keptInPlace = KeptInPlace()

  /// - Parameters:
  ///   - seed: What makes the slots of connections unpredictable from outside.
  ///   - now: The time at which the director begins.
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

/// Whoever has a property of this type is handed on by its address.
///
/// The compiler copies a struct that it knows all of to the stack before each call that only looks at
/// it, even one that cannot be copied. What it cannot see into it does not move, and an existential is
/// that.
struct KeptInPlace {
  private let unknown: any Sendable = ()
}
