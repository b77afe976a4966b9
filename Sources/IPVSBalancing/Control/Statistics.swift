/// Totals and rates as they are listed.
public struct TrafficReport: Hashable, Sendable {
  /// Since the beginning, or since it was last set to zero.
  public let totals: Counters

  /// Per second, averaged over the last few looks.
  public let rates: Counters
}

/// What a look at counters every two seconds makes of them (net/netfilter/ipvs/ip_vs_est.c). Nobody
/// is shown anything later than the last look.
struct Estimate {
  /// How often is looked.
  static let seconds: UInt64 = 2

  /// The counters at the last look, and at the moment that is shown as zero.
  private var last = Counters()
  private var base = Counters()

  /// Averages: connections and packets times 1024, bytes times 32.
  private var averages = Counters()

  private static let eventScale: UInt64 = 10
  private static let byteScale: UInt64 = 5

  /// Looks again: each average moves by a quarter of its distance to the rate since the last look.
  mutating func look(at counters: Counters) {
    let changes = counters.combined(with: last, events: &-, bytes: &-)
    last = counters
    averages = averages.combined(
      with: changes,
      events: { Self.moved($0, to: $1 &<< (Self.eventScale - 1)) },
      bytes: { Self.moved($0, to: $1 &<< (Self.byteScale - 1)) })
  }

  private static func moved(_ average: UInt64, to rate: UInt64) -> UInt64 {
    let distance = Int64(bitPattern: rate) &- Int64(bitPattern: average)
    return average &+ UInt64(bitPattern: distance >> 2)
  }

  /// Shows what there is now as zero.
  mutating func zero() {
    base = last
    averages = Counters()
  }

  var report: TrafficReport {
    TrafficReport(
      totals: last.combined(with: base, events: &-, bytes: &-),
      rates: averages.combined(
        with: averages,
        events: { average, _ in (average &+ 0x1ff) >> Self.eventScale },
        bytes: { average, _ in (average &+ 0xf) >> Self.byteScale }))
  }
}

extension Balancer {
  /// Of everything that passed, as it is listed.
  public var totals: TrafficReport { estimate.report }

  /// Looks at all counters; to be called every two seconds. `run_estimation` stops it.
  mutating func refreshStatistics() {
    guard settings.runEstimation != 0 else { return }
    estimate.look(at: counters)
    var slot = 0
    while let index = services.next(from: slot) {
      serviceTraffic.look(index.value)
      slot = Int(index.value) + 1
    }
    slot = 0
    while let index = servers.next(from: slot) {
      // In the trash nobody is looked at.
      if servers[index].isAvailable { serverTraffic.look(index.value) }
      slot = Int(index.value) + 1
    }
  }

  /// Shows all counters of one service and of its servers as zero, or those of everything.
  ///
  /// - Throws: ESRCH: no such service.
  public mutating func zero(_ key: ServiceKey?) throws(KernelError) {
    if let key {
      guard let index = index(of: key) else { throw .serviceAbsent }
      zero(index)
      return
    }
    estimate.zero()
    var slot = 0
    while let index = services.next(from: slot) {
      zero(index)
      slot = Int(index.value) + 1
    }
  }

  private mutating func zero(_ service: Slab<ServiceRecord>.Index) {
    serviceTraffic.zero(service.value)
    for server in services[service].servers { serverTraffic.zero(server.value) }
  }
}

/// What passed so far, or how much of it each second: of a service, of a real server, or of all.
public struct Counters: Hashable, Sendable, BitwiseCopyable {
  public var connections: UInt64 = 0
  public var inboundPackets: UInt64 = 0
  public var outboundPackets: UInt64 = 0
  public var inboundBytes: UInt64 = 0
  public var outboundBytes: UInt64 = 0

  public init() {}

  /// Each number, combined with its like.
  ///
  /// - Parameters:
  ///   - events: for connections and packets.
  ///   - bytes: for bytes.
  func combined(
    with other: Counters, events: (UInt64, UInt64) -> UInt64, bytes: (UInt64, UInt64) -> UInt64
  ) -> Counters {
    var result = Counters()
    result.connections = events(connections, other.connections)
    result.inboundPackets = events(inboundPackets, other.inboundPackets)
    result.outboundPackets = events(outboundPackets, other.outboundPackets)
    result.inboundBytes = bytes(inboundBytes, other.inboundBytes)
    result.outboundBytes = bytes(outboundBytes, other.outboundBytes)
    return result
  }
}

/// What was counted of services or of servers, and what is made of it, by the slots of their records.
///
/// It lies beside the records, since of most of many servers nothing is ever counted, and then it takes
/// no memory.
struct TrafficTable: ~Copyable {
  private var counters = ZeroedArray<Counters>()
  private var estimates = ZeroedArray<Estimate>()

  /// Begins with a record, of which nothing was counted.
  mutating func add(_ slot: UInt32) {
    counters.reach(slot)
    estimates.reach(slot)
  }

  /// Forgets what was counted of a record that goes.
  mutating func remove(_ slot: UInt32) {
    guard counters[slot] != Counters() else { return }
    counters[slot] = Counters()
    estimates[slot] = Estimate()
  }

  /// The counters of a record.
  subscript(_ slot: UInt32) -> Counters {
    @inline(__always) _read { yield counters[slot] }
    @inline(__always) _modify { yield &counters[slot] }
  }

  /// Looks at the counters of a record. Where there are none there is nothing to estimate.
  mutating func look(_ slot: UInt32) {
    guard counters[slot] != Counters() else { return }
    estimates[slot].look(at: counters[slot])
  }

  /// Shows what the counters of a record are now as zero.
  mutating func zero(_ slot: UInt32) {
    guard counters[slot] != Counters() else { return }
    estimates[slot].zero()
  }

  func report(_ slot: UInt32) -> TrafficReport { estimates[slot].report }
}
