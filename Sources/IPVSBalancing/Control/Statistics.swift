// SPDX-License-Identifier: Apache-2.0

/// Totals and rates as they are listed.
public struct TrafficReport: Hashable, Sendable {
  /// Since the beginning, or since it was last set to zero.
  public let totals: Counters

  /// Per second, averaged over the last few looks.
  public let rates: Counters
}

/// Totals and rates from samples of counters, one every two seconds (net/netfilter/ipvs/ip_vs_est.c).
/// Listings show the counters of the last sample.
struct Estimate {
  /// The time between two samples.
  static let seconds: UInt64 = 2

  /// The counters at the last sample, and those that are shown as zero.
  private var last = Counters()
  private var base = Counters()

  /// Averages: connections and packets times 1024, bytes times 32.
  private var averages = Counters()

  private static let eventScale: UInt64 = 10
  private static let byteScale: UInt64 = 5

  /// Takes a sample: each average moves by a quarter of its distance to the rate since the last one.
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

  /// Shows the present counters as zero.
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
  /// The totals and rates of all services together.
  public var totals: TrafficReport { estimate.report }

  /// Samples all counters; to be called every two seconds. `run_estimation` 0 stops it.
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
      // Servers in the trash are not sampled.
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

/// Counters, or rates per second, of a service, of a real server, or of all services.
public struct Counters: Hashable, Sendable, BitwiseCopyable {
  /// Connections that were scheduled.
  public var connections: UInt64 = 0

  /// Packets from clients.
  public var inboundPackets: UInt64 = 0

  /// Packets from servers that passed the director.
  public var outboundPackets: UInt64 = 0

  /// Bytes from clients, IP headers included.
  public var inboundBytes: UInt64 = 0

  /// Bytes from servers that passed the director, IP headers included.
  public var outboundBytes: UInt64 = 0

  /// Zero.
  public init() {}

  /// Combines each number with the corresponding one.
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

/// The counters and estimates of services or of servers, by the slots of their records.
///
/// They are apart from the records, as most of many servers never have traffic, and then take no memory
/// here.
struct TrafficTable: ~Copyable {
  private var counters = ZeroedArray<Counters>()
  private var estimates = ZeroedArray<Estimate>()

  /// Adds a slot, with all counters 0.
  mutating func add(_ slot: UInt32) {
    counters.reach(slot)
    estimates.reach(slot)
  }

  /// Clears the counters of a slot that becomes free.
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

  /// Samples the counters of a record, unless they are all 0.
  mutating func look(_ slot: UInt32) {
    guard counters[slot] != Counters() else { return }
    estimates[slot].look(at: counters[slot])
  }

  /// Shows the present counters of a record as zero.
  mutating func zero(_ slot: UInt32) {
    guard counters[slot] != Counters() else { return }
    estimates[slot].zero()
  }

  func report(_ slot: UInt32) -> TrafficReport { estimates[slot].report }
}
