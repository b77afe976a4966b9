public import IPVSRules

/// What `--list` is to show, and how.
public struct ListRequest: Hashable, Sendable {
  /// Which of the listings.
  public enum Subject: Hashable, Sendable {
    case table(TableView)

    /// One service with its servers.
    case service(ServiceIdentity, TableView)

    /// The connections; `persistence`: with the columns of persistence engines.
    case connections(persistence: Bool)
    case timeouts
    case daemons
  }

  public var subject: Subject

  /// Addresses and ports as numbers, without look-ups (`--numeric`).
  public var numeric: Bool

  /// All digits of a number instead of units (`--exact`).
  public var exact: Bool

  /// Services and servers in order (the default) or as the kernel has them (`--nosort`).
  public var sorted: Bool

  public init(_ subject: Subject, numeric: Bool = false, exact: Bool = false, sorted: Bool = true) {
    self.subject = subject
    self.numeric = numeric
    self.exact = exact
    self.sorted = sorted
  }
}
