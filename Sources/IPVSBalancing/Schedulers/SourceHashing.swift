// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var sh: any Scheduler.Type { SourceHashing.self }
}

/// The server that the client's address falls to in a table of 256, in which heavier servers have more
/// slots (ip_vs_sh.c).
final class SourceHashing: SlottedScheduler {
  static var basis: ChoiceBasis { .client }

  private static let bits: UInt32 = 8
  private static let slotCount: UInt32 = 1 << bits

  private var table: [Candidates.Index] = []

  var slots: [Candidates.Index] { table }

  init(seed: UInt64) {}

  func bind(_ service: Candidates) throws(SchedulerError) { fill(service) }

  func update(_ change: CandidateChange, _ service: Candidates) { fill(service) }

  private func fill(_ service: Candidates) {
    table.removeAll(keepingCapacity: true)
    guard service.count > 0 else { return }
    var position = 0
    var left = max(1, service[0].weight)
    for _ in 0..<Self.slotCount {
      table.append(service.index(at: position))
      left -= 1
      guard left == 0 else { continue }
      position = position + 1 < service.count ? position + 1 : 0
      left = max(1, service[position].weight)
    }
  }

  func slot(of flow: Flow, _ service: Candidates) -> Int {
    let client = flow.client
    let key = AddressHash.fold(client.address) &+ (service.hashesPort ? UInt32(client.port) : 0)
    return AddressHash.multiplied(key, bits: Self.bits)
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    guard !table.isEmpty else { return nil }
    let hash = UInt32(slot(of: flow, service))
    let first = table[Int(hash)]
    if service[first].isEligible { return first }
    guard service.fallsBack else { return nil }
    for offset in 0..<Self.slotCount {
      let other = table[Int((offset + hash + hash) % Self.slotCount)]
      if service[other].isEligible { return other }
    }
    return nil
  }
}
