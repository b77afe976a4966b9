internal import IPVSPackets

// Measures against more connections than memory is there for (ip_vs_ctl.c, `update_defense_level`;
// ip_vs_conn.c, `ip_vs_random_dropentry`).

extension Balancer {
  /// Of the table, one part in so many is looked at each second.
  private static let dropParts: UInt32 = 32

  /// The work of each second. There is always memory here, so that modes which wait for a want of it
  /// rest, and those which began to work fall back to waiting.
  mutating func defend(at time: Instant) {
    for path in [\Settings.dropEntry, \.dropPacket, \.secureTcp] where settings[keyPath: path] == 2
    {
      settings[keyPath: path] = 1
    }
    rules.isSecure = StateRules.isSecure(settings)
    dropRate = settings.dropPacket == 3 ? Int64(settings.amDropRate) : 0
    if settings.dropEntry == 3 { dropEntries(at: time) }
  }

  /// Whether this packet is the one in so many that may begin no connection (`drop_packet`).
  mutating func dropsForDefence() -> Bool {
    guard dropRate > 0 else { return false }
    dropCounter -= 1
    guard dropCounter <= 0 else { return false }
    dropCounter = dropRate
    return true
  }

  /// Drops connections that were never answered, and few of those that hardly carried anything
  /// (`drop_entry`).
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

  /// Whether the connections of a template leave no other trace of having carried anything.
  private func isOfOnePackets(_ template: Connection) -> Bool {
    guard let destination = template.destination, servers[destination].isAvailable,
      let owner = servers[destination].owner
    else { return false }
    return services[owner].settings.isOnePacket
  }

  /// One that was idle for a minute, and had eight packets at most: the more packets, the rarer it goes.
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
