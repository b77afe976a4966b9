// SPDX-License-Identifier: Apache-2.0

package import IPVSRules

/// The counters of a service or a server as they were read again and again, and what they grow by per
/// second.
///
/// The kernel renews the counters that it shows every two seconds (`Statistics`), so that a read between
/// two renewals finds them unchanged. Rates are for the time between two reads that found a difference:
/// they do not change with how the reads fall between the renewals.
package struct WatchedTraffic: Hashable, Sendable {
  /// New connections and bytes per second.
  package struct Rates: Hashable, Sendable {
    package var connections = 0.0
    package var inboundBytes = 0.0
    package var outboundBytes = 0.0
  }

  /// Nil until counters were compared, and after they began anew: they were set to zero, or another
  /// service or server took the place of the one before.
  package private(set) var rates: Rates?

  /// The counters, and the time of the first read that found them, in nanoseconds.
  private var totals: Traffic
  private var since: UInt64

  /// The time between two renewals, in nanoseconds.
  private static let period: UInt64 = 2_000_000_000

  /// - Parameter time: When the counters were read, in nanoseconds of a clock that is never set.
  package init(_ totals: Traffic, at time: UInt64) {
    self.totals = totals
    since = time
  }

  /// Takes the counters of the next read.
  ///
  /// - Returns: What they grew by; nil where they did not, or began anew.
  package mutating func take(_ new: Traffic, at time: UInt64) -> Traffic? {
    guard new != totals else {
      if rates == nil || rates == Rates() || time - since >= 2 * Self.period {
        rates = Rates()
        since = time
      }
      return nil
    }
    let growth = new.growth(since: totals)
    if let growth {
      let seconds = Double(max(time - since, Self.period)) / 1e9
      rates = Rates(
        connections: Double(growth.connections) / seconds,
        inboundBytes: Double(growth.inboundBytes) / seconds,
        outboundBytes: Double(growth.outboundBytes) / seconds)
    } else {
      rates = nil
    }
    totals = new
    since = time
    return growth
  }
}

extension Traffic {
  /// Nil where a counter is less than before.
  fileprivate func growth(since old: Traffic) -> Traffic? {
    guard connections >= old.connections, inboundPackets >= old.inboundPackets,
      outboundPackets >= old.outboundPackets, inboundBytes >= old.inboundBytes,
      outboundBytes >= old.outboundBytes
    else { return nil }
    return Traffic(
      connections: connections - old.connections,
      inboundPackets: inboundPackets - old.inboundPackets,
      outboundPackets: outboundPackets - old.outboundPackets,
      inboundBytes: inboundBytes - old.inboundBytes,
      outboundBytes: outboundBytes - old.outboundBytes)
  }
}
