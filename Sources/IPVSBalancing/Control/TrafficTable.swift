/// What was counted of services or of servers, and what is made of it, by the places of their records.
///
/// It lies beside the records, since of most of many servers nothing is ever counted, and then it takes
/// no memory.
struct TrafficTable: ~Copyable {
  private var counters = ZeroedArray<Counters>()
  private var estimates = ZeroedArray<Estimate>()

  /// Begins with a record, of which nothing was counted.
  mutating func add(_ place: UInt32) {
    counters.reach(place)
    estimates.reach(place)
  }

  /// Forgets what was counted of a record that goes.
  mutating func remove(_ place: UInt32) {
    guard counters[place] != Counters() else { return }
    counters[place] = Counters()
    estimates[place] = Estimate()
  }

  /// The counters of a record.
  subscript(_ place: UInt32) -> Counters {
    @inline(__always) _read { yield counters[place] }
    @inline(__always) _modify { yield &counters[place] }
  }

  /// Looks at the counters of a record. Where there are none there is nothing to estimate.
  mutating func look(_ place: UInt32) {
    guard counters[place] != Counters() else { return }
    estimates[place].look(at: counters[place])
  }

  /// Shows what the counters of a record are now as zero.
  mutating func zero(_ place: UInt32) {
    guard counters[place] != Counters() else { return }
    estimates[place].zero()
  }

  func report(_ place: UInt32) -> TrafficReport { estimates[place].report }
}
