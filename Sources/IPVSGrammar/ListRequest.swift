// SPDX-License-Identifier: Apache-2.0

public import IPVSRules

/// What `--list` is to show, and how.
public struct ListRequest: Hashable, Sendable {
  /// Which of the listings.
  public enum Subject: Hashable, Sendable {
    case table(TableView)

    /// One service with its servers.
    case service(ServiceIdentity, TableView)

    /// The real servers by their machines.
    case hosts

    /// The connections; `persistence`: with the columns of persistence engines.
    case connections(persistence: Bool)

    /// The numbers of connections.
    case counts(by: ConnectionKey)
    case timeouts
    case daemons
  }

  public var subject: Subject

  /// Which services, servers, and connections. Empty where the subject is one service.
  public var filter = ListingFilter()

  /// Addresses and ports as numbers, without look-ups (`--numeric`).
  public var numeric: Bool

  /// All digits of a number instead of units (`--exact`).
  public var exact: Bool

  /// Services and servers in order (the default) or as the kernel has them (`--nosort`).
  public var sorted: Bool

  /// Again and again, with traffic and shares (`--watch`); nil: once.
  public var watch: WatchRequest?

  public init(_ subject: Subject, numeric: Bool = false, exact: Bool = false, sorted: Bool = true) {
    self.subject = subject
    self.numeric = numeric
    self.exact = exact
    self.sorted = sorted
  }
}

/// How a table is to be watched.
public struct WatchRequest: Hashable, Sendable {
  /// Seconds between two reads.
  public var interval: UInt32

  public var order: WatchOrder

  public static let defaultInterval: UInt32 = 2

  public init(interval: UInt32 = Self.defaultInterval, order: WatchOrder = .name) {
    self.interval = interval
    self.order = order
  }
}

extension ListRequest {
  /// The columns that options choose. Of several on a line the first here counts.
  private static let views: InlineArray<5, (OptionName, TableView)> = [
    (.statistics, .statistics), (.rate, .rates), (.thresholds, .thresholds),
    (.persistentConnections, .persistentConnections), (.tunnelInfo, .tunnels),
  ]

  /// The request of a line.
  init(of line: LineContents) throws(GrammarError) {
    let given = line.given
    let others = OptionNames([.connection, .timeout, .daemon])
    let counters = OptionNames([.statistics, .rate, .thresholds])
    let figures = OptionNames([.timeout, .daemon])
    let isMixed =
      !given.isDisjoint(with: others) && !given.isDisjoint(with: counters)
      || !given.isDisjoint(with: figures) && given.contains(.persistentConnections)
    guard !isMixed else { throw .options(.conflictingViews) }
    try Self.checkSelections(given)
    var view = TableView.plain
    for index in Self.views.indices.reversed() where given.contains(Self.views[index].0) {
      view = Self.views[index].1
    }
    let isOfOne = line.filter.isEmpty && line.server == nil && !given.contains(.byServer)
    let subject: Subject =
      if let key = line.countKey {
        .counts(by: key)
      } else if given.contains(.connection) {
        .connections(persistence: given.contains(.persistentConnections))
      } else if given.contains(.byServer) {
        .hosts
      } else if let service = line.service, isOfOne {
        .service(service, view)
      } else if given.contains(.timeout) {
        .timeouts
      } else if given.contains(.daemon) {
        .daemons
      } else {
        .table(view)
      }
    self.init(
      subject, numeric: given.contains(.numeric), exact: given.contains(.exact),
      sorted: !given.contains(.noSort))
    watch = try Self.watch(of: line)
    if case .service = subject { return }
    // A line that selects nothing, as most do, copies no filter.
    if isOfOne, line.service == nil { return }
    filter = line.filter
    if let service = line.service { filter.services.append(service) }
    if let server = line.server { filter.servers.append(server.selection()) }
  }

  /// The options of 1.31 that choose what is listed, or its columns.
  private static var otherListings: OptionNames {
    OptionNames([
      .connection, .timeout, .daemon, .statistics, .rate, .thresholds, .persistentConnections,
      .tunnelInfo,
    ])
  }

  /// Checks that the options of 1.31 go with the newer ones.
  private static func checkSelections(_ given: OptionNames) throws(GrammarError) {
    let connections = given.intersection(OptionNames([.client, .state, .countBy]))
    if !given.contains(.connection), let option = connections.first {
      throw .options(.aboutConnections(option))
    }
    if given.contains(.byServer), let option = given.intersection(Self.otherListings).first {
      throw .options(.exclusive(.byServer, with: option, for: .list))
    }
    if given.contains(.countBy), given.contains(.persistentConnections) {
      throw .options(.exclusive(.countBy, with: .persistentConnections, for: .list))
    }
  }

  private static func watch(of line: LineContents) throws(GrammarError) -> WatchRequest? {
    guard line.given.contains(.watch) else {
      if line.given.contains(.sortBy) { throw .options(.orderWithoutWatch) }
      return nil
    }
    let others = Self.otherListings.union(OptionNames([.byServer]))
    if let other = line.given.intersection(others).first { throw .options(.unwatched(other)) }
    return WatchRequest(
      interval: line.interval ?? WatchRequest.defaultInterval, order: line.order)
  }
}
