/// The counters of a service or a real server, as the kernel's estimator last took them: it looks
/// every two seconds.
public struct Statistics: Hashable, Sendable {
  /// Since the service or server was made, or since its counters were set to zero.
  public var totals: Traffic

  /// Per second, averaged over the last few looks.
  public var rates: Traffic

  public init(totals: Traffic = Traffic(), rates: Traffic = Traffic()) {
    self.totals = totals
    self.rates = rates
  }
}
