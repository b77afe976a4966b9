// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers

/// A virtual service as its scheduler sees it: its real servers, the last added first.
///
/// Lives no longer than the call that it is handed to.
struct Candidates {
  typealias Index = Slab<ServerRecord>.Index

  /// `IP_VS_SVC_F_*`
  let flags: UInt32

  /// That of the service, which a server behind a tunnel may differ from.
  let family: AddressFamily

  private let order: UnsafeBufferPointer<Index>
  private let servers: UnsafeMutablePointer<ServerRecord>

  init(
    _ service: borrowing ServiceRecord, order: UnsafeBufferPointer<Index>,
    servers: UnsafeMutablePointer<ServerRecord>
  ) {
    flags = service.settings.flags
    family = service.key.family
    self.order = order
    self.servers = servers
  }

  /// sh and mh: choose another server where the first choice is unavailable
  /// (`IP_VS_SVC_F_SCHED1`).
  var fallsBack: Bool { flags & ServiceBit.scheduler1 != 0 }

  /// sh and mh: hash the client's port along with its address (`IP_VS_SVC_F_SCHED2`).
  var hashesPort: Bool { flags & ServiceBit.scheduler2 != 0 }

  var count: Int { order.count }

  /// The index of the server at a position in the list.
  func index(at position: Int) -> Index { order[position] }

  /// The server at a position in the list.
  subscript(_ position: Int) -> ServerRecord {
    unsafeAddress { UnsafePointer(servers + Int(order[position].value)) }
  }

  /// Any server, in the list or, while it is held, in the trash.
  subscript(_ index: Index) -> ServerRecord {
    unsafeAddress { UnsafePointer(servers + Int(index.value)) }
  }

  /// Keeps a server's record for a scheduler that remembers it, also when it is deleted.
  func hold(_ index: Index) { servers[Int(index.value)].users += 1 }

  /// Ends what `hold` began.
  func release(_ index: Index) { servers[Int(index.value)].users -= 1 }
}

extension ServerRecord {
  /// How busy the server is, as the least-connection schedulers weigh it: an active connection counts
  /// as much as 256 inactive ones (ip_vs.h, `ip_vs_dest_conn_overhead`), since Linux 6.1.192 as 257.
  func overhead(_ settings: Settings) -> Int64 {
    Int64(activeConnections) &* (settings.countsAsOlderKernels ? 256 : 257)
      &+ Int64(inactiveConnections)
  }

  /// How long a new connection would wait there (ip_vs_sed.c, `ip_vs_sed_dest_overhead`).
  var expectedDelay: Int64 { Int64(activeConnections) + 1 }

  /// Whether another server has less load for its weight. Weights multiply crosswise, as the kernel
  /// has no fractions; its products wrap, too.
  func isHeavier(_ load: Int64, than other: ServerRecord, _ otherLoad: Int64) -> Bool {
    load &* Int64(other.weight) > otherLoad &* Int64(weight)
  }
}

extension Candidates {
  /// The first eligible server for whose weight none is less loaded.
  func leastLoaded(by load: (ServerRecord) -> Int64) -> Index? {
    var least: (position: Int, load: Int64)?
    for position in 0..<count where !self[position].isOverloaded {
      guard let known = least else {
        if self[position].weight > 0 { least = (position, load(self[position])) }
        continue
      }
      let other = load(self[position])
      if self[known.position].isHeavier(known.load, than: self[position], other) {
        least = (position, other)
      }
    }
    return least.map { index(at: $0.position) }
  }

  /// The first eligible server with the greatest weight of those that `condition` admits.
  func heaviest(where condition: (ServerRecord) -> Bool) -> Index? {
    var found: Int?
    for position in 0..<count where self[position].isEligible && condition(self[position]) {
      if let best = found, self[best].weight >= self[position].weight { continue }
      found = position
    }
    return found.map { index(at: $0) }
  }
}
