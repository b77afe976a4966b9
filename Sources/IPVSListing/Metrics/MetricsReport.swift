// SPDX-License-Identifier: Apache-2.0

package import IPVSRules

/// What `--metrics` prints: the table as it was read, and what is to be known beside it.
package struct MetricsReport {
  /// The services and their servers.
  package var table: Snapshot

  /// All traffic since the beginning, that of deleted services included.
  package var totals: Traffic

  package var timeouts: Timeouts
  package var daemons: [SyncDaemon]

  /// The servers that `--drain` took out of service.
  package var drained: [DrainedServer]

  /// When a command last changed the table as a whole, in seconds since 1970; nil where that is not
  /// remembered.
  package var lastApply: Int?

  /// `kernel` or `engine`.
  package var source: StaticString

  package init(
    table: Snapshot, totals: Traffic, timeouts: Timeouts, daemons: [SyncDaemon],
    drained: [DrainedServer] = [], lastApply: Int? = nil, source: StaticString = "kernel"
  ) {
    self.table = table
    self.totals = totals
    self.timeouts = timeouts
    self.daemons = daemons
    self.drained = drained
    self.lastApply = lastApply
    self.source = source
  }
}

extension Traffic {
  /// Reads the totals of the kernel from the text of /proc/net/ip_vs_stats: two lines of titles, and five
  /// hexadecimal numbers. Nil where the third line is not that.
  package init?(ofStatistics text: [UInt8]) {
    let lines = text.split(
      separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count == 4 else { return nil }
    let numbers = lines[2].split(separator: UInt8(ascii: " ")).map { word in
      UInt64(String(decoding: word, as: UTF8.self), radix: 16)
    }
    guard numbers.count == 5, let connections = numbers[0], let inboundPackets = numbers[1],
      let outboundPackets = numbers[2], let inboundBytes = numbers[3],
      let outboundBytes = numbers[4]
    else { return nil }
    self.init(
      connections: connections, inboundPackets: inboundPackets, outboundPackets: outboundPackets,
      inboundBytes: inboundBytes, outboundBytes: outboundBytes)
  }
}
