// SPDX-License-Identifier: Apache-2.0

/// Which value belongs to which destination address, for the schedulers that keep what a cache server
/// has seen (ip_vs_lblc.c, ip_vs_lblcr.c).
struct LocalityCache<Value> {
  /// `CONFIG_IP_VS_LBLC_TAB_BITS` and the entries that a full table holds for each of its buckets.
  private static var bits: UInt32 { 10 }
  private static var entriesPerBucket: Int { 16 }

  /// The number of entries above which a collection removes idle ones.
  static var limit: Int { entriesPerBucket << bits }

  /// The seconds without use after which an entry is removed from a table that is too full.
  private static var idleSeconds: UInt64 { 6 * 60 }

  /// The number of collections between two that remove all expired entries.
  private static var tidyingsPerSweep: Int { 30 }

  private struct Entry {
    let address: UInt128
    var value: Value
    var lastUse: Instant
  }

  private var buckets: [[Entry]] = Array(repeating: [], count: 1 << Int(bits))
  private(set) var count = 0
  private var tidyings = 0
  private var rover = 0

  private static func bucket(_ address: UInt128) -> Int {
    AddressHash.multiplied(AddressHash.fold(address), bits: bits)
  }

  /// Calls `body` with the value of an address, if there is one, and marks it as used.
  mutating func use<Result>(
    _ address: UInt128, at now: Instant, _ body: (inout Value) -> Result
  ) -> Result? {
    let bucket = Self.bucket(address)
    guard let index = buckets[bucket].firstIndex(where: { $0.address == address }) else {
      return nil
    }
    buckets[bucket][index].lastUse = now
    return body(&buckets[bucket][index].value)
  }

  /// Adds a value for an address that has none.
  ///
  /// - Returns: False if the table is full.
  mutating func insert(_ address: UInt128, _ value: Value, at now: Instant) -> Bool {
    guard count < Self.limit + Self.limit / 2 else { return false }
    buckets[Self.bucket(address)].append(Entry(address: address, value: value, lastUse: now))
    count += 1
    return true
  }

  /// The collection of each minute; `dropped` gets the removed values.
  mutating func collect(at now: Instant, expiration seconds: Int32, _ dropped: (Value) -> Void) {
    tidyings += 1
    if tidyings % Self.tidyingsPerSweep == 0 {
      let ticks = UInt64(max(0, seconds)) * Instant.ticksPerSecond
      sweep(.max, dropped) { now.ticks(since: $0) > ticks }
    } else if count > Self.limit {
      let goal = min((count - Self.limit) * 4 / 3, Self.limit / 2)
      let ticks = Self.idleSeconds * Instant.ticksPerSecond
      sweep(goal, dropped) { now.ticks(since: $0) > ticks }
    }
  }

  private mutating func sweep(
    _ goal: Int, _ dropped: (Value) -> Void, _ isOld: (Instant) -> Bool
  ) {
    var done = 0
    for _ in buckets.indices where done < goal {
      rover = (rover + 1) % buckets.count
      done += buckets[rover].count
      buckets[rover].removeAll { entry in
        guard isOld(entry.lastUse) else { return false }
        dropped(entry.value)
        return true
      }
      done -= buckets[rover].count
    }
    count -= done
  }

  /// Drops everything.
  mutating func removeAll(_ dropped: (Value) -> Void) {
    for bucket in buckets.indices {
      for entry in buckets[bucket] { dropped(entry.value) }
      buckets[bucket] = []
    }
    count = 0
  }
}

extension Candidates {
  /// Whether a server has more active connections than its weight while another has not half as many
  /// (ip_vs_lblc.c, `is_overloaded`).
  func isCrowded(_ server: ServerRecord) -> Bool {
    guard Int64(server.activeConnections) > Int64(server.weight) else { return false }
    for position in 0..<count
    where 2 * Int64(self[position].activeConnections) < Int64(self[position].weight) {
      return true
    }
    return false
  }
}
