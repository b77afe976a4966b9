/// A virtual service as it is listed, without its servers.
public struct ServiceReport: Hashable, Sendable {
  public let key: ServiceKey
  public let settings: ServiceSettings
  public let statistics: TrafficReport

  fileprivate init(_ record: borrowing ServiceRecord, _ statistics: TrafficReport) {
    key = record.key
    settings = record.settings
    self.statistics = statistics
  }
}

/// How far a listing of services has come. Services that are added or deleted meanwhile do not make
/// it miss others, or list one twice.
public struct ServiceCursor: Sendable {
  /// Services by mark come after all others, as in the kernel's dumps.
  fileprivate var isAmongMarks = false
  fileprivate var place = 0

  public init() {}
}

extension Balancer {
  public func service(_ key: ServiceKey) -> ServiceReport? {
    place(of: key).map { report(of: $0) }
  }

  private func report(of index: Slab<ServiceRecord>.Index) -> ServiceReport {
    ServiceReport(services[index], serviceTraffic.report(index.value))
  }

  public func hasService(_ key: ServiceKey) -> Bool { place(of: key) != nil }

  /// Calls `body` with each service. Where it returns false the listing stops, and goes on with the
  /// same service in a later call with the cursor.
  ///
  /// - Returns: whether all services are listed.
  public borrowing func forEachService(
    from cursor: inout ServiceCursor, _ body: (ServiceReport) -> Bool
  ) -> Bool {
    while true {
      while let index = services.next(from: cursor.place) {
        cursor.place = Int(index.value)
        let isMarked = services[index].key.mark != 0
        if isMarked == cursor.isAmongMarks, !body(report(of: index)) { return false }
        cursor.place += 1
      }
      guard !cursor.isAmongMarks else { return true }
      cursor.isAmongMarks = true
      cursor.place = 0
    }
  }
}
