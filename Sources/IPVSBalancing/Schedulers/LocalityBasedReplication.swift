// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var lblcr: any Scheduler.Type { LocalityBasedReplication.self }
}

/// The least loaded of the servers that had the destination's address; when all are crowded, one more
/// joins them (ip_vs_lblcr.c).
final class LocalityBasedReplication: Scheduler {
  static var basis: ChoiceBasis { .cache }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.overhead(settings)
  }

  /// Servers that have an address, the last one to join first.
  private struct Replicas {
    var servers: [Candidates.Index]
    var lastChange: Instant
  }

  private var cache = LocalityCache<Replicas>()

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    let known = cache.use(flow.destination, at: now) { replicas in
      let least = Self.leastLoaded(replicas, service, settings)
      Self.shrink(&replicas, service, settings, at: now)
      return least
    }
    if let known, let least = known, !service.isCrowded(service[least]) { return least }
    guard let chosen = service.leastLoaded(by: { $0.overhead(settings) }) else { return nil }
    if known == nil {
      let replicas = Replicas(servers: [chosen], lastChange: now)
      if cache.insert(flow.destination, replicas, at: now) { service.hold(chosen) }
    } else {
      _ = cache.use(flow.destination, at: now) { replicas in
        guard !replicas.servers.contains(chosen) else { return }
        replicas.servers.insert(chosen, at: 0)
        replicas.lastChange = now
        service.hold(chosen)
      }
    }
    return chosen
  }

  private static func leastLoaded(
    _ replicas: Replicas, _ service: Candidates, _ settings: Settings
  ) -> Candidates.Index? {
    var least: Candidates.Index?
    for index in replicas.servers where service[index].isAvailable {
      let server = service[index]
      guard let known = least else {
        if server.isEligible { least = index }
        continue
      }
      if !server.isOverloaded,
        service[known].isHeavier(
          service[known].overhead(settings), than: server, server.overhead(settings))
      {
        least = index
      }
    }
    return least
  }

  /// Takes the most loaded server out, when nothing else changed for long.
  private static func shrink(
    _ replicas: inout Replicas, _ service: Candidates, _ settings: Settings, at now: Instant
  ) {
    let patience = UInt64(max(0, settings.lblcrExpiration)) * Instant.ticksPerSecond
    guard replicas.servers.count > 1, now.ticks(since: replicas.lastChange) > patience else {
      return
    }
    var most: Int?
    for (slot, index) in replicas.servers.enumerated() where service[index].weight > 0 {
      guard let known = most else {
        most = slot
        continue
      }
      let heaviest = service[replicas.servers[known]]
      let server = service[index]
      if server.isHeavier(server.overhead(settings), than: heaviest, heaviest.overhead(settings)) {
        most = slot
      }
    }
    guard let most else { return }
    service.release(replicas.servers.remove(at: most))
    replicas.lastChange = now
  }

  func collect(_ service: Candidates, _ settings: Settings, at now: Instant) {
    cache.collect(at: now, expiration: settings.lblcrExpiration) { Self.release($0, service) }
  }

  func unbind(_ service: Candidates) { cache.removeAll { Self.release($0, service) } }

  private static func release(_ replicas: Replicas, _ service: Candidates) {
    for index in replicas.servers { service.release(index) }
  }
}
