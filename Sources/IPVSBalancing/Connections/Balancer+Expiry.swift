// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

// The expiry of connections (ip_vs_conn.c, `ip_vs_conn_expire`).

extension Balancer {
  /// A limit for `advance` while packets wait: this many connections end in less than a millisecond.
  public static let endingsAtOnce = 2048

  /// The new timeout in ticks of an expired template that still has connections.
  private static var patience: UInt32 { 60 * UInt32(Instant.ticksPerSecond) }

  /// Advances the time: connections expire, rates are estimated, caches and the trash are emptied. A time
  /// before the present one changes nothing.
  ///
  /// - Parameters:
  ///   - time: The present time.
  ///   - limit: The largest number of connections to examine.
  /// - Returns: Whether all work that is due was done; otherwise call again.
  public mutating func advance(to time: Instant, limit: Int = .max) -> Bool {
    var budget = limit
    let target = max(time, now)
    while true {
      let next = min(clock.next, sweep?.start ?? target, target)
      guard expire(upTo: next, &budget) else { return false }
      now = max(now, next)
      guard continueSweep(&budget) else { return false }
      if clock.next <= now {
        runJobs(at: clock.next)
        clock.pass(to: target)
      } else if now >= target {
        return true
      }
    }
  }

  private mutating func runJobs(at time: Instant) {
    let jobs = clock.due(at: time)
    if jobs.contains(.defence) { defend(at: time) }
    if jobs.contains(.statistics) { refreshStatistics() }
    if jobs.contains(.collection) {
      collectTrash(at: time)
      collectSchedulers(at: time)
    }
  }

  /// False: `budget` is used up.
  private mutating func expire(upTo time: Instant, _ budget: inout Int) -> Bool {
    while let index = connections.nextExpired(upTo: time, budget: &budget) {
      expire(index, at: connections.time)
    }
    return budget > 0
  }

  private mutating func expire(_ index: Connection.Index, at time: Instant) {
    guard connections[index].children == 0 else {
      connections.postpone(index, by: Self.patience)
      return
    }
    let connection = connections[index]
    if let parent = connection.parent {
      connections[parent].children -= 1
      // A dropped connection also ends its template, if that is unused.
      if connection.timeout == 0, connections[parent].children == 0, connections[parent].state == 0
      {
        drop(parent, at: time)
      }
    }
    release(connection)
    connections.remove(index)
  }

  /// Ends a connection at the next tick.
  mutating func drop(_ index: Connection.Index, at time: Instant) {
    connections.hide(index)
    connections[index].timeout = 0
    connections.end(index, at: time)
  }

  // MARK: - Servers that were deleted

  /// The slot at which the search for connections of deleted servers continues, and its earliest time.
  struct Sweep {
    let start: Instant
    var slot: UInt32 = 0
  }

  /// Drops the connections of servers that are deleted (`expire_nodest_conn`), from the next tick on
  /// (ip_vs_ctl.c, `expire_nodest_conn_handler`).
  mutating func startSweep() { sweep = Sweep(start: now.advanced(byTicks: 1)) }

  /// False: `budget` is used up.
  private mutating func continueSweep(_ budget: inout Int) -> Bool {
    guard let begun = sweep, begun.start <= now else { return true }
    var slot = begun.slot
    while budget > 0 {
      budget -= 1
      guard let index = connections.next(from: &slot) else {
        sweep = nil
        return true
      }
      guard let destination = connections[index].destination, !servers[destination].isAvailable
      else { continue }
      // The template ends with the dropped connection, even if it is assured.
      if let parent = connections[index].parent { connections[parent].state = 0 }
      if !connections[index].isTemplate || connections[index].children == 0 {
        drop(index, at: now)
      }
    }
    sweep?.slot = slot
    return false
  }
}
