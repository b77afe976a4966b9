extension ServerRecord {
  /// How busy the server is, as the least-connection schedulers weigh it: an active connection counts
  /// as much as 256 inactive ones (ip_vs.h, `ip_vs_dest_conn_overhead`), since Linux 6.1.192 as 257.
  func overhead(_ settings: Settings) -> Int64 {
    Int64(activeConnections) &* (settings.countsAsOlderKernels ? 256 : 257)
      &+ Int64(inactiveConnections)
  }

  /// How long a new connection would wait there (ip_vs_sed.c, `ip_vs_sed_dest_overhead`).
  var expectedDelay: Int64 { Int64(activeConnections) + 1 }

  /// Whether another server has less load for its weight. Weights multiply crosswise, as the kernel
  /// has no fractions; its products wrap, too.
  func isHeavier(_ load: Int64, than other: ServerRecord, _ otherLoad: Int64) -> Bool {
    load &* Int64(other.weight) > otherLoad &* Int64(weight)
  }
}

extension Candidates {
  /// The first eligible server for whose weight none is less loaded.
  func leastLoaded(by load: (ServerRecord) -> Int64) -> Index? {
    var least: (position: Int, load: Int64)?
    for position in 0..<count where !self[position].isOverloaded {
      guard let known = least else {
        if self[position].weight > 0 { least = (position, load(self[position])) }
        continue
      }
      let other = load(self[position])
      if self[known.position].isHeavier(known.load, than: self[position], other) {
        least = (position, other)
      }
    }
    return least.map { index(at: $0.position) }
  }

  /// The first eligible server with the greatest weight of those that `condition` admits.
  func heaviest(where condition: (ServerRecord) -> Bool) -> Index? {
    var found: Int?
    for position in 0..<count where self[position].isEligible && condition(self[position]) {
      if let best = found, self[best].weight >= self[position].weight { continue }
      found = position
    }
    return found.map { index(at: $0) }
  }
}
