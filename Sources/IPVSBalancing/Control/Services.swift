// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers
internal import IPVSText

extension ServiceSettings {
  /// The kernel's checks in its order: ENOENT for the engine, then EINVAL for the prefix length.
  fileprivate func check(for family: AddressFamily) throws(KernelError) {
    guard engine.isEmpty || engine == "sip" else { throw .absent }
    guard family == .ipv4 || (1...128).contains(netmask) else { throw .invalid }
  }

  fileprivate var hashed: ServiceSettings {
    var settings = self
    settings.flags |= ServiceBit.hashed
    return settings
  }
}

extension Balancer {
  /// Adds a service (ip_vs_ctl.c, `ip_vs_add_service`).
  ///
  /// - Throws: EEXIST: there is one with this key. ENOENT: no such scheduler or persistence engine.
  ///   EINVAL: the length of an IPv6 prefix is not in 1...128. ENOMEM: there is no room for it.
  public mutating func addService(
    _ key: ServiceKey, _ settings: ServiceSettings
  ) throws(KernelError) {
    guard index(of: key) == nil else { throw .exists }
    let scheduler = try Self.scheduler(named: settings.scheduler)
    try settings.check(for: key.family)
    lastSerial += 1
    let index = services.insert(ServiceRecord(key, serial: lastSerial, settings.hashed))
    serviceTraffic.add(index.value)
    do { try use(scheduler, for: index) } catch {
      services.remove(index)
      throw error
    }
    guard serviceIndex.insert(key.hash(connections.secret), index.value) else {
      unbindScheduler(of: index)
      services.remove(index)
      throw .exhausted
    }
    revision &+= 1
    count(key, by: 1)
  }

  /// Replaces the settings of a service (ip_vs_ctl.c, `ip_vs_edit_service`). A scheduler of the same
  /// name keeps its state. Connections and templates keep their timeouts.
  ///
  /// - Throws: ESRCH: no such service. ENOENT, EINVAL: as `addService`; EINVAL also where mh gets more
  ///   servers than it takes. Nothing is changed then, but for a scheduler that begins anew.
  public mutating func editService(
    _ key: ServiceKey, _ settings: ServiceSettings
  ) throws(KernelError) {
    guard let index = index(of: key) else { throw .serviceAbsent }
    let scheduler = try Self.scheduler(named: settings.scheduler)
    try settings.check(for: key.family)
    try use(scheduler, for: index)
    services[index].settings = settings.hashed
  }

  /// Deletes a service with its servers. Connections stay.
  ///
  /// - Throws: ESRCH: no such service.
  public mutating func deleteService(_ key: ServiceKey) throws(KernelError) {
    guard let index = index(of: key) else { throw .serviceAbsent }
    serviceIndex.remove(key.hash(connections.secret), index.value)
    revision &+= 1
    count(key, by: -1)
    unbindScheduler(of: index)
    for server in services[index].servers { discard(server, of: index) }
    remove(index)
  }

  private mutating func remove(_ index: Slab<ServiceRecord>.Index) {
    serviceTraffic.remove(index.value)
    services.remove(index)
  }

  /// Deletes all services with their servers. Connections stay.
  public mutating func flush() {
    var slot = 0
    while let index = services.next(from: slot) {
      unbindScheduler(of: index)
      for server in services[index].servers { discard(server, of: index) }
      remove(index)
      slot = Int(index.value) + 1
    }
    serviceIndex = HashIndex()
    revision &+= 1
    ipv4Services = 0
    ipv6Services = 0
    portZeroServices = 0
    ftpServices = 0
  }
}

/// A virtual service as it is listed, without its servers.
public struct ServiceReport: Hashable, Sendable {
  /// What identifies the service.
  public let key: ServiceKey

  /// The service's settings, with the flag of services in the table (`IP_VS_SVC_F_HASHED`).
  public let settings: ServiceSettings

  /// Counters and rates, as of the last job of statistics.
  public let statistics: TrafficReport

  fileprivate init(_ record: borrowing ServiceRecord, _ statistics: TrafficReport) {
    key = record.key
    settings = record.settings
    self.statistics = statistics
  }
}

/// The position of a listing of services. Services that are added or deleted during the listing do not
/// make it miss others or list one twice.
public struct ServiceCursor: Sendable {
  /// Services by mark come after all others, as in the kernel's dumps.
  fileprivate var isAmongMarks = false
  fileprivate var slot = 0

  /// Before the first service.
  public init() {}
}

extension Balancer {
  /// The service of a key; nil if there is none.
  public func service(_ key: ServiceKey) -> ServiceReport? {
    index(of: key).map { report(of: $0) }
  }

  private func report(of index: Slab<ServiceRecord>.Index) -> ServiceReport {
    ServiceReport(services[index], serviceTraffic.report(index.value))
  }

  /// Whether there is a service of a key.
  public func hasService(_ key: ServiceKey) -> Bool { index(of: key) != nil }

  /// Calls `body` with each service. Where it returns false the listing stops, and goes on with the
  /// same service in a later call with the cursor.
  ///
  /// - Returns: whether all services are listed.
  public borrowing func forEachService(
    from cursor: inout ServiceCursor, _ body: (ServiceReport) -> Bool
  ) -> Bool {
    while true {
      while let index = services.next(from: cursor.slot) {
        cursor.slot = Int(index.value)
        let isMarked = services[index].key.mark != 0
        if isMarked == cursor.isAmongMarks, !body(report(of: index)) { return false }
        cursor.slot += 1
      }
      guard !cursor.isAmongMarks else { return true }
      cursor.isAmongMarks = true
      cursor.slot = 0
    }
  }
}
