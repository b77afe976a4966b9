internal import IPVSAddresses

extension Schedulers {
  static var mh: any Scheduler.Type { MaglevHashing.self }
}

/// The server that the client falls to in a table of 4093, which changes little when a server comes or
/// goes (ip_vs_mh.c; Eisenbud and others: Maglev, 2016).
final class MaglevHashing: Scheduler {
  /// A prime, the kernel's for its default `CONFIG_IP_VS_MH_TAB_INDEX` of 12.
  static let places: UInt32 = 4093

  /// The most turns that a server gets in one round of filling, in bits.
  private static let turnBits = 6

  private static let placing = SipHash(key: 2_654_435_761)
  private static let stepping = SipHash(key: 2_654_446_892)

  private var table: [Candidates.Index] = []

  init(seed: UInt64) {}

  func bind(_ service: Candidates) throws(SchedulerError) {
    guard service.count <= Self.places else { throw .tooManyServers }
    fill(service)
  }

  func update(_ change: CandidateChange, _ service: Candidates) {
    // As the kernel does: with more servers than places the table stays as it was.
    guard service.count <= Self.places else { return }
    fill(service)
  }

  /// A server's own order of all places.
  private struct Preferences {
    let index: Candidates.Index
    let turns: Int
    var place: UInt32
    let step: UInt32

    mutating func advance() {
      place += step
      if place >= MaglevHashing.places { place -= MaglevHashing.places }
    }
  }

  private func fill(_ service: Candidates) {
    table.removeAll(keepingCapacity: true)
    var divisor = 0
    var greatest = 0
    for position in 0..<service.count {
      divisor = commonDivisor(divisor, Int(service[position].lastWeight))
      greatest = max(greatest, Int(service[position].lastWeight))
    }
    guard divisor > 0 else { return }
    let shift = max(0, Int.bitWidth - (greatest / divisor).leadingZeroBitCount - Self.turnBits)
    var preferences: [Preferences] = []
    for position in 0..<service.count where service[position].lastWeight > 0 {
      let key = Self.key(service[position].key, service.family)
      preferences.append(
        Preferences(
          index: service.index(at: position),
          turns: max(1, (Int(service[position].lastWeight) / divisor) >> shift),
          place: Self.placing(key) % Self.places,
          step: Self.stepping(key) % (Self.places - 1) + 1))
    }
    populate(&preferences)
  }

  private func populate(_ preferences: inout [Preferences]) {
    var places = [Candidates.Index?](repeating: nil, count: Int(Self.places))
    var left = places.count
    while left > 0 {
      for server in preferences.indices {
        for _ in 0..<preferences[server].turns where left > 0 {
          while places[Int(preferences[server].place)] != nil { preferences[server].advance() }
          places[Int(preferences[server].place)] = preferences[server].index
          preferences[server].advance()
          left -= 1
        }
      }
    }
    for place in places { if let place { table.append(place) } }
  }

  /// The kernel reads as much of the address as the *service's* family has.
  private static func key(_ server: ServerKey, _ family: AddressFamily) -> UInt32 {
    let isCut = family == .ipv4 && server.family == .ipv6
    let address =
      isCut ? UInt32(truncatingIfNeeded: server.address >> 96) : AddressHash.fold(server.address)
    return address &+ UInt32(server.port)
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    guard !table.isEmpty else { return nil }
    let client = flow.client
    let key = AddressHash.fold(client.address) &+ (service.hashesPort ? UInt32(client.port) : 0)
    let first = Self.placing(key) % Self.places
    if service[table[Int(first)]].isEligible { return table[Int(first)] }
    guard service.fallsBack else { return nil }
    for offset in 0..<Self.places {
      let place = Self.placing((offset + first) % Self.places &+ key) % Self.places
      if service[table[Int(place)]].isEligible { return table[Int(place)] }
    }
    return nil
  }
}
