// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
internal import IPVSSockets

/// A reading of a table, or what changed meanwhile.
private enum PictureReading {
  case whole(Picture)
  case torn(Picture.Difference)
}

extension Director {
  /// How often a picture is begun anew when the table changes while it is read.
  static let pictureAttempts = 8

  /// The first pause before a new attempt, in microseconds; each is twice the one before.
  private static let firstPause: useconds_t = 1000

  /// Everything that the director is set to, at one moment: what plans and promises stand on.
  ///
  /// A dump of IPVS goes on by the number of its last entry and does not tell that entries came or went
  /// in between (`ip_vs_genl_dump_services`, `ip_vs_genl_dump_dests`), and each service's servers are a
  /// dump of their own. So the kernel's table is read until two readings in a row are equal. After a reading
  /// that differs three are wanted, since the other program may be at it still: a value that went and came
  /// back between two readings cannot be seen. An engine counts the changes of its rules, and is read once
  /// where none came meanwhile.
  ///
  /// - Throws: `tableChanging` where no picture could be had in eight attempts.
  public mutating func picture() throws(DirectorError) -> Picture {
    let engine = try numberOfEngineFamily()
    var attempts = 1
    var pause = Self.firstPause
    while true {
      let difference: Picture.Difference
      let reading =
        if let engine { try countedReading(engine) } else {
          try comparedReading(times: attempts == 1 ? 1 : 2)
        }
      switch reading {
      case .whole(let picture): return picture
      case .torn(let change): difference = change
      }
      guard attempts < Self.pictureAttempts else {
        throw .tableChanging(attempts: attempts, difference)
      }
      attempts += 1
      usleep(pause)
      pause *= 2
    }
  }

  /// Reads the table, and reads it again.
  ///
  /// - Parameter times: How often it must be the same again.
  private mutating func comparedReading(times: Int) throws(DirectorError) -> PictureReading {
    let reading = try digestedReading()
    for _ in 0..<times {
      if let difference = try change(since: reading) { return .torn(difference) }
    }
    return .whole(reading.picture)
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

// MARK: - Engines

extension Director {
  /// The number of the family of an engine that counts changes; nil for the kernel, and for a program in its
  /// place that does not count.
  private mutating func numberOfEngineFamily() throws(DirectorError) -> UInt16? {
    guard !peer.isKernel else { return nil }
    let number: UInt16
    do { number = try socket.number(ofFamily: EngineFamily.name) } catch {
      guard error == .familyAbsent else { throw .socket(error) }
      return nil
    }
    do throws(DirectorError) {
      _ = try generation(number)
      return number
    } catch {
      guard case .refused = error else { throw error }
      return nil
    }
  }

  /// How many requests to change its rules an engine had.
  private mutating func generation(_ family: UInt16) throws(DirectorError) -> UInt64 {
    writer.removeAll()
    let sent = nextSequence
    GenerationMessage.write(to: &writer, family: family, sequence: sent, port: socket.port)
    nextSequence &+= 1
    do { try sendWritten() } catch { throw .socket(error) }
    return try reply(to: sent) { payload throws(NetlinkFormatError) in
      try GenerationMessage.read(payload)
    }
  }

  /// Reads the table of an engine, and asks whether it is still the same.
  private mutating func countedReading(_ family: UInt16) throws(DirectorError) -> PictureReading {
    let generation = try generation(family)
    let picture = Picture(
      table: try snapshot(), timeouts: try timeouts(), daemons: try daemons())
    return try self.generation(family) == generation ? .whole(picture) : .torn(.rules)
  }
}
