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
    var place = 0
    while let index = services.next(from: place) {
      serviceTraffic.look(index.value)
      place = Int(index.value) + 1
    }
    place = 0
    while let index = servers.next(from: place) {
      // In the trash nobody is looked at.
      if servers[index].isAvailable { serverTraffic.look(index.value) }
      place = Int(index.value) + 1
    }
  }

  /// Shows all counters of one service and of its servers as zero, or those of everything.
  ///
  /// - Throws: ESRCH: no such service.
  public mutating func zero(_ key: ServiceKey?) throws(KernelError) {
    if let key {
      guard let index = place(of: key) else { throw .serviceAbsent }
      zero(index)
      return
    }
    estimate.zero()
    var place = 0
    while let index = services.next(from: place) {
      zero(index)
      place = Int(index.value) + 1
    }
  }

  private mutating func zero(_ service: Slab<ServiceRecord>.Index) {
    serviceTraffic.zero(service.value)
    for server in services[service].servers { serverTraffic.zero(server.value) }
  }
}
