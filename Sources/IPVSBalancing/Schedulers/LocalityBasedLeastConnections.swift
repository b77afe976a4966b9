// SPDX-License-Identifier: Apache-2.0

extension Schedulers {
  static var lblc: any Scheduler.Type { LocalityBasedLeastConnections.self }
}

/// The server that last had the destination's address, while it is not crowded; for caches
/// (ip_vs_lblc.c).
final class LocalityBasedLeastConnections: Scheduler {
  static var basis: ChoiceBasis { .cache }

  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? {
    server.overhead(settings)
  }

  private var cache = LocalityCache<Candidates.Index>()

  init(seed: UInt64) {}

  func pick(
    _ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant
  ) -> Candidates.Index? {
    let known = cache.use(flow.destination, at: now) { $0 }
    if let known {
      let server = service[known]
      // The kernel does not ask whether the server is over its threshold.
      if server.isAvailable, server.weight > 0, !service.isCrowded(server) { return known }
    }
    guard let chosen = service.leastLoaded(by: { $0.overhead(settings) }) else { return nil }
    if let known {
      service.release(known)
      service.hold(chosen)
      _ = cache.use(flow.destination, at: now) { $0 = chosen }
    } else if cache.insert(flow.destination, chosen, at: now) {
      service.hold(chosen)
    }
    return chosen
  }

  func collect(_ service: Candidates, _ settings: Settings, at now: Instant) {
    cache.collect(at: now, expiration: settings.lblcExpiration) { service.release($0) }
  }

  func unbind(_ service: Candidates) { cache.removeAll { service.release($0) } }
}
