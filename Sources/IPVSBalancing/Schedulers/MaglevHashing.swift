// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

extension Schedulers {
  static var mh: any Scheduler.Type { MaglevHashing.self }
}

/// The server that the client falls to in a table of 4093, which changes little when a server comes or
/// goes (ip_vs_mh.c; Eisenbud and others: Maglev, 2016).
final class MaglevHashing: SlottedScheduler {
  static var basis: ChoiceBasis { .client }

  /// A prime, the kernel's for its default `CONFIG_IP_VS_MH_TAB_INDEX` of 12.
  static let slotCount: UInt32 = 4093

  /// The most turns that a server gets in one round of filling, in bits.
  private static let turnBits = 6

  private static let placing = SipHash(key: 2_654_435_761)
  private static let stepping = SipHash(key: 2_654_446_892)

  private var table: [Candidates.Index] = []

  var slots: [Candidates.Index] { table }

  init(seed: UInt64) {}

  func bind(_ service: Candidates) throws(SchedulerError) {
    guard service.count <= Self.slotCount else { throw .tooManyServers }
    fill(service)
  }

  func update(_ change: CandidateChange, _ service: Candidates) {
    // As the kernel does: with more servers than slots the table stays as it was.
    guard service.count <= Self.slotCount else { return }
    fill(service)
  }

  /// A server's own order of all slots.
  private struct Preferences {
    let index: Candidates.Index
    let turns: Int
    var slot: UInt32
    let step: UInt32

    mutating func advance() {
      slot += step
      if slot >= MaglevHashing.slotCount { slot -= MaglevHashing.slotCount }
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
          slot: Self.placing(key) % Self.slotCount,
          step: Self.stepping(key) % (Self.slotCount - 1) + 1))
    }
    populate(&preferences)
  }

  private func populate(_ preferences: inout [Preferences]) {
    var slots = [Candidates.Index?](repeating: nil, count: Int(Self.slotCount))
    var left = slots.count
    while left > 0 {
      for server in preferences.indices {
        for _ in 0..<preferences[server].turns where left > 0 {
          while slots[Int(preferences[server].slot)] != nil { preferences[server].advance() }
          slots[Int(preferences[server].slot)] = preferences[server].index
          preferences[server].advance()
          left -= 1
        }
      }
    }
    for slot in slots { if let slot { table.append(slot) } }
  }

  /// The kernel reads as much of the address as the *service's* family has.
  private static func key(_ server: ServerKey, _ family: AddressFamily) -> UInt32 {
    let isCut = family == .ipv4 && server.family == .ipv6
    let address =
      isCut ? UInt32(truncatingIfNeeded: server.address >> 96) : AddressHash.fold(server.address)
    return address &+ UInt32(server.port)
  }

  private static func key(_ flow: Flow, _ service: Candidates) -> UInt32 {
    let client = flow.client
    return AddressHash.fold(client.address) &+ (service.hashesPort ? UInt32(client.port) : 0)
  }

  func slot(of flow: Flow, _ service: Candidates) -> Int {
    Int(Self.placing(Self.key(flow, service)) % Self.slotCount)
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    guard !table.isEmpty else { return nil }
    let key = Self.key(flow, service)
    let first = Self.placing(key) % Self.slotCount
    if service[table[Int(first)]].isEligible { return table[Int(first)] }
    guard service.fallsBack else { return nil }
    for offset in 0..<Self.slotCount {
      let slot = Self.placing((offset + first) % Self.slotCount &+ key) % Self.slotCount
      if service[table[Int(slot)]].isEligible { return table[Int(slot)] }
    }
    return nil
  }
}

/// SipHash of one 32-bit number with one round for it and three at the end (Aumasson, Bernstein:
/// SipHash, 2012), as 64-bit kernels have it for `hsiphash_1u32`: the low half of the result, and the
/// same word twice as the key.
struct SipHash {
  private let key: UInt64

  init(key: UInt64) { self.key = key }

  func callAsFunction(_ value: UInt32) -> UInt32 {
    var state = State(key)
    let block = 4 << 56 | UInt64(value)
    state.third ^= block
    state.round()
    state.zeroth ^= block
    state.second ^= 0xff
    for _ in 0..<3 { state.round() }
    return UInt32(truncatingIfNeeded: state.zeroth ^ state.first ^ state.second ^ state.third)
  }

  private struct State {
    var zeroth, first, second, third: UInt64

    init(_ key: UInt64) {
      zeroth = key ^ 0x736f_6d65_7073_6575
      first = key ^ 0x646f_7261_6e64_6f6d
      second = key ^ 0x6c79_6765_6e65_7261
      third = key ^ 0x7465_6462_7974_6573
    }

    mutating func round() {
      zeroth &+= first
      first = first.rotated(by: 13) ^ zeroth
      zeroth = zeroth.rotated(by: 32)
      second &+= third
      third = third.rotated(by: 16) ^ second
      zeroth &+= third
      third = third.rotated(by: 21) ^ zeroth
      second &+= first
      first = first.rotated(by: 17) ^ second
      second = second.rotated(by: 32)
    }
  }
}

extension UInt64 {
  fileprivate func rotated(by bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}
