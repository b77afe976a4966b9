// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

// Load shedding (ip_vs_ctl.c, `update_defense_level`; ip_vs_conn.c, `ip_vs_random_dropentry`).

extension Balancer {
  /// Each second one slot in this number is examined.
  private static let dropParts: UInt32 = 32

  /// The job of each second. Memory is never short here, so that the automatic modes stay inactive, and
  /// active ones (2) become inactive (1).
  mutating func defend(at time: Instant) {
    for path in [\Settings.dropEntry, \.dropPacket, \.secureTcp] where settings[keyPath: path] == 2
    {
      settings[keyPath: path] = 1
    }
    rules.isSecure = StateRules.isSecure(settings)
    dropRate = settings.dropPacket == 3 ? Int64(settings.amDropRate) : 0
    if settings.dropEntry == 3 { dropEntries(at: time) }
  }

  /// Whether `drop_packet` drops this packet, which would begin a connection.
  mutating func dropsForDefence() -> Bool {
    guard dropRate > 0 else { return false }
    dropCounter -= 1
    guard dropCounter <= 0 else { return false }
    dropCounter = dropRate
    return true
  }

  /// Drops connections that were never answered, and some of those with few packets (`drop_entry`).
  private mutating func dropEntries(at time: Instant) {
    let count = connections.slotCount
    guard count > 0 else { return }
    for _ in 0..<(count / Self.dropParts + 1) {
      let slot = random.next(upperBound: count)
      if let index = connections.index(at: slot), mayDrop(index, at: time) {
        drop(index, at: time)
      }
    }
  }

  private mutating func mayDrop(_ index: Connection.Index, at time: Instant) -> Bool {
    let connection = connections[index]
    guard connection.children == 0 else { return false }
    if connection.isTemplate {
      return isOfOnePackets(connection) ? isToGo(connection, at: time) : connection.state == 0
    }
    switch connection.transport {
    case TransportNumber.tcp:
      switch TCPState(rawValue: connection.state) {
      case .synReceived, .synAck: return true
      case .established: return isToGo(connection, at: time)
      default: return false
      }
    case TransportNumber.sctp:
      switch SCTPState(rawValue: connection.state) {
      case .init1, .initiated: return true
      case .established: return isToGo(connection, at: time)
      default: return false
      }
    default: return isToGo(connection, at: time)
    }
  }

  /// Whether the service of a template schedules each packet, so that the template counts the packets.
  private func isOfOnePackets(_ template: Connection) -> Bool {
    guard let destination = template.destination, servers[destination].isAvailable,
      let owner = servers[destination].owner
    else { return false }
    return services[owner].settings.isOnePacket
  }

  /// Whether a connection that was idle for a minute and had at most eight packets is dropped: the more
  /// packets, the less often.
  private mutating func isToGo(_ connection: Connection, at time: Instant) -> Bool {
    let left = connection.deadline.ticks(since: time)
    guard UInt64(connection.timeout) >= left + 60 * Instant.ticksPerSecond,
      (1...8).contains(connection.packets)
    else { return false }
    let number = Int(connection.packets)
    dropTurns[number] -= 1
    guard dropTurns[number] <= 0 else { return false }
    dropTurns[number] = Int8(number)
    return true
  }
}
