// SPDX-License-Identifier: Apache-2.0

internal import IPVSText

// How services use their schedulers.
extension Balancer {
  /// The real server for a new connection; nil if the service has no scheduler, or none of its servers can
  /// take the connection.
  mutating func pick(
    _ flow: Flow, for service: Slab<ServiceRecord>.Index, at now: Instant
  ) -> Slab<ServerRecord>.Index? {
    let picked = withCandidates(of: service) { scheduler, view in
      scheduler.pick(flow, view, settings, at: now)
    }
    return picked ?? nil
  }

  /// Calls `body` with a service's scheduler and with its servers as schedulers see them. Nil: the
  /// service has no scheduler.
  func withCandidates<Result, Failure: Error>(
    of service: Slab<ServiceRecord>.Index,
    _ body: (any Scheduler, Candidates) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let scheduler = services[service].scheduler else { return nil }
    return try services[service].servers.withUnsafeBufferPointer { order throws(Failure) in
      let view = Candidates(services[service], order: order, servers: servers.base)
      return try body(scheduler, view)
    }
  }

  /// Informs a service's scheduler of a change of its servers.
  func notify(_ service: Slab<ServiceRecord>.Index, _ change: CandidateChange) {
    _ = withCandidates(of: service) { scheduler, view in scheduler.update(change, view) }
  }

  /// The scheduler with a name; ENOENT if there is none.
  static func scheduler(
    named name: ByteString?
  ) throws(KernelError) -> (any Scheduler.Type)? {
    guard let name else { return nil }
    guard let scheduler = Schedulers[name] else { throw .absent }
    return scheduler
  }

  /// Sets the scheduler of a service. One of the same type keeps its state. If the new one rejects the
  /// servers, the service gets a new one of its old type.
  mutating func use(
    _ kind: (any Scheduler.Type)?, for service: Slab<ServiceRecord>.Index
  ) throws(KernelError) {
    let old = services[service].scheduler.map { type(of: $0) }
    guard old != kind else { return }
    unbindScheduler(of: service)
    do {
      try bind(kind, to: service)
    } catch {
      try bind(old, to: service)
      throw error
    }
  }

  private mutating func bind(
    _ kind: (any Scheduler.Type)?, to service: Slab<ServiceRecord>.Index
  ) throws(KernelError) {
    services[service].scheduler = kind?.init(seed: random.next())
    do {
      _ = try withCandidates(of: service) { scheduler, view throws(SchedulerError) in
        try scheduler.bind(view)
      }
    } catch {
      services[service].scheduler = nil
      switch error {
      case .tooManyServers: throw .invalid
      }
    }
  }

  mutating func unbindScheduler(of service: Slab<ServiceRecord>.Index) {
    _ = withCandidates(of: service) { scheduler, view in scheduler.unbind(view) }
    services[service].scheduler = nil
  }

  /// Removes old entries from the caches of schedulers; to be called once a minute.
  mutating func collectSchedulers(at now: Instant) {
    var slot = 0
    while let service = services.next(from: slot) {
      _ = withCandidates(of: service) { scheduler, view in
        scheduler.collect(view, settings, at: now)
      }
      slot = Int(service.value) + 1
    }
  }
}
