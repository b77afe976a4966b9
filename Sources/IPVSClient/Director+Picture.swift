// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSMessages
internal import IPVSNetlinkFormat
public import IPVSRules

extension Director {
  /// How often a picture is begun anew when the table changes while it is read.
  static let pictureAttempts = 8

  /// The first pause before a new attempt, in microseconds; each is twice the one before.
  private static let firstPause: useconds_t = 1000

  /// Everything that the director is set to, at one moment: what plans and promises stand on.
  ///
  /// A dump of IPVS goes on by the number of its last entry and does not tell that entries came or went
  /// in between (`ip_vs_genl_dump_services`, `ip_vs_genl_dump_dests`), and each service's servers are a
  /// dump of their own. So the table is read until two readings in a row are equal. After a reading that
  /// differs three are wanted, since the other program may be at it still: a value that went and came
  /// back between two readings cannot be seen.
  ///
  /// - Throws: `tableChanging` where no picture could be had in eight attempts.
  public mutating func picture() throws(DirectorError) -> Picture {
    var attempts = 1
    var wanted = 1
    var pause = Self.firstPause
    while true {
      let reading = try digestedReading()
      var difference: Picture.Difference?
      for _ in 0..<wanted where difference == nil { difference = try change(since: reading) }
      guard let difference else { return reading.picture }
      guard attempts < Self.pictureAttempts else {
        throw .tableChanging(attempts: attempts, difference)
      }
      attempts += 1
      wanted = 2
      usleep(pause)
      pause *= 2
    }
  }

  /// A reading, with what shows that the next one is equal.
  private struct DigestedReading {
    var picture: Picture
    var services: [RuleDigest]
    var servers: [[RuleDigest]]
  }

  private mutating func digestedReading() throws(DirectorError) -> DigestedReading {
    let info = try info()
    let rows = try dump(.allServices) { payload throws(NetlinkFormatError) in
      (try ServiceMessage.read(payload), try RuleDigest(ofService: payload))
    }
    var services = rows.map(\.0)
    var digests: [[RuleDigest]] = []
    digests.reserveCapacity(services.count)
    for index in services.indices {
      let identity = services[index].service.identity
      let servers = try dump(.servers(of: identity)) { payload throws(NetlinkFormatError) in
        (
          try ServerMessage.read(payload, ofServiceIn: identity.family),
          try RuleDigest(ofServer: payload)
        )
      }
      services[index].servers = servers.map(\.0)
      digests.append(servers.map(\.1))
    }
    let table = Snapshot(kernel: info, services: services)
    return DigestedReading(
      picture: Picture(table: table, timeouts: try timeouts(), daemons: try daemons()),
      services: rows.map(\.1), servers: digests)
  }

  /// Reads the table again.
  ///
  /// - Returns: The first difference from a reading; nil where the rules are the same.
  private mutating func change(
    since reading: DigestedReading
  ) throws(DirectorError) -> Picture.Difference? {
    guard try timeouts() == reading.picture.timeouts, try daemons() == reading.picture.daemons
    else { return .settings }
    let services = try dump(.allServices) { payload throws(NetlinkFormatError) in
      try RuleDigest(ofService: payload)
    }
    guard services == reading.services else { return .services }
    for (listed, digests) in zip(reading.picture.table.services, reading.servers) {
      let identity = listed.service.identity
      let servers = try dump(.servers(of: identity)) { payload throws(NetlinkFormatError) in
        try RuleDigest(ofServer: payload)
      }
      guard servers == digests else { return .servers(of: identity) }
    }
    return nil
  }
}
