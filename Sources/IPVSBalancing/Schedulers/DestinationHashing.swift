// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var dh: any Scheduler.Type { DestinationHashing.self }
}

/// The server that the destination's address falls to in a table of 256 (ip_vs_dh.c): for caches, which
/// are to keep what they have.
final class DestinationHashing: SlottedScheduler {
  static var basis: ChoiceBasis { .destination }

  private static let bits: UInt32 = 8

  private var table: [Candidates.Index] = []

  var slots: [Candidates.Index] { table }

  init(seed: UInt64) {}

  func bind(_ service: Candidates) throws(SchedulerError) { fill(service) }

  func update(_ change: CandidateChange, _ service: Candidates) {
    if case .edited = change { return }
    fill(service)
  }

  private func fill(_ service: Candidates) {
    table.removeAll(keepingCapacity: true)
    guard service.count > 0 else { return }
    for slot in 0..<1 << Self.bits { table.append(service.index(at: slot % service.count)) }
  }

  func slot(of flow: Flow, _ service: Candidates) -> Int {
    AddressHash.multiplied(AddressHash.fold(flow.destination), bits: Self.bits)
  }

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    guard !table.isEmpty else { return nil }
    let slot = slot(of: flow, service)
    return service[table[slot]].isEligible ? table[slot] : nil
  }
}
