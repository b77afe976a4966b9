// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
public import IPVSRules
internal import IPVSSystem

/// Real servers on their way out of service: they get no new clients, and are waited for until the last of
/// their connections has ended.
///
///     var drain = Drain(of: selection, in: try director.picture())
///     _ = try director.apply(drain.quiescence)
///     while !drain.isEmpty {
///       sleep(1)
///       try director.look(at: &drain)
///     }
///     _ = try director.apply(drain.deletions)
public struct Drain: Sendable {
  /// A server on its way out.
  public struct Server: Sendable {
    /// The server and its service.
    public let name: ServerIdentity

    /// Its settings when the drain began.
    public let before: RealServer

    /// Its counters when the drain began.
    public let first: ListedServer

    /// As it was at the last look; nil where it was deleted.
    public internal(set) var now: ListedServer?

    /// What the last search of the connections found.
    public internal(set) var connections = ServerConnections()

    /// Whether that search belongs to the last look.
    public internal(set) var isSearched = false

    /// Whether its connections carry datagrams, which IPVS counts as inactive.
    public var isDatagram: Bool {
      if case .endpoint(.udp, _) = name.service { true } else { false }
    }

    /// Whether another program gave it weight again.
    public var isAwake: Bool { now.map { $0.server.weight != .quiesced } ?? false }

    fileprivate init(_ listed: ListedServer, of service: ServiceIdentity) {
      name = ServerIdentity(listed.server.endpoint, of: service)
      before = listed.server
      first = listed
      now = listed
    }
  }

  /// How often the connections are searched while only the end of templates is wanted, in milliseconds.
  private static let searchInterval: UInt64 = 5000

  /// A search takes at most one part in this many of the time: there may be a million connections.
  private static let searchShare: UInt64 = 4

  /// The servers, in the order of their services.
  public internal(set) var servers: [Server]

  /// Whether inactive connections and templates of persistence are waited for as well.
  public var allConnections: Bool

  /// The services of the table, by which it is told whose a connection is.
  fileprivate let services: ConnectionServices

  /// A service that has a usable server, and has none when these are without weight; nil where there is none.
  public let unserved: ServiceIdentity?

  /// When the connections may be searched again.
  private var nextSearch: UInt64 = 0

  /// When they were searched, and are searched again for the end of templates alone.
  private var lastSearch: UInt64?

  /// Begins to drain servers of a table; nothing is sent.
  ///
  /// - Parameters:
  ///   - selection: The servers; with none of them in the table, `servers` is empty.
  ///   - picture: The table.
  ///   - allConnections: Whether inactive connections and templates of persistence are waited for as well.
  public init(
    of selection: ServerSelection, in picture: Picture, allConnections: Bool = false
  ) {
    let table = picture.table.services
    servers = table.flatMap { listed in
      listed.servers.map { Server($0, of: listed.service.identity) }
    }.filter { selection.contains($0.name) }.sorted { $0.name.service < $1.name.service }
    services = ConnectionServices(table)
    self.allConnections = allConnections
    unserved = table.first { $0.isUnserved(without: selection) }?.service.identity
  }

  /// The changes that take the servers' weight.
  public var quiescence: [Change] {
    servers.filter { $0.before.weight != .quiesced }.map { server in
      var quiesced = server.before
      quiesced.weight = .quiesced
      return .editServer(quiesced, of: server.name.service)
    }
  }

  /// The changes that give the servers back what they had when the drain began.
  public var wayBack: [Change] {
    servers.filter { $0.before.weight != .quiesced }.map {
      .editServer($0.before, of: $0.name.service)
    }
  }

  /// The changes that delete the servers that were there at the last look.
  public var deletions: [Change] {
    servers.filter { $0.now != nil }.map { .deleteServer($0.name.endpoint, of: $0.name.service) }
  }

  /// Whether all servers were without connections, or deleted, at the last look.
  public var isEmpty: Bool { servers.allSatisfy { rest(of: $0) == 0 } }

  /// How many connections of a server are waited for, as far as its counters and the last search tell.
  private func rest(of server: Server) -> UInt32 {
    guard let now = server.now else { return 0 }
    if allConnections {
      return now.activeConnections &+ now.inactiveConnections &+ now.persistentConnections
    }
    if server.isDatagram { return now.activeConnections &+ now.inactiveConnections }
    guard now.activeConnections == 0, now.inactiveConnections > 0 else {
      return now.activeConnections
    }
    // The inactive ones may be flows of datagrams, or connections of which one half is open.
    return server.isSearched ? server.connections.flows &+ server.connections.unfinished : 1
  }
}

extension ListedService {
  /// Whether the servers that are selected are all that can be given connections.
  fileprivate func isUnserved(without selection: ServerSelection) -> Bool {
    let usable = servers.map(\.server).filter { $0.weight != .quiesced }
    return !usable.isEmpty
      && usable.allSatisfy {
        selection.contains(ServerIdentity($0.endpoint, of: service.identity))
      }
  }
}

// MARK: - Looking

extension Director {
  /// Reads the counters of the servers of a drain and, where these do not say whether the wait is over, their
  /// connections. These are not searched more often than a quarter of the time allows; `isSearched` tells.
  ///
  /// - Parameter searching: Whether the connections may be searched at once, however short ago that was.
  public mutating func look(
    at drain: inout Drain, searching: Bool = false
  ) throws(DirectorError) {
    var known: [ServiceIdentity: [ListedServer]] = [:]
    for index in drain.servers.indices {
      let name = drain.servers[index].name
      let listed: [ListedServer]
      if let present = known[name.service] {
        listed = present
      } else {
        listed = try servers(of: name.service)
        known[name.service] = listed
      }
      drain.servers[index].now = listed.first { $0.server.endpoint == name.endpoint }
      drain.servers[index].isSearched = false
    }
    let services = drain.services
    drain.search(at: SystemClock.monotonic, isForced: searching) { names in
      try? connections(of: names, among: services)
    }
  }
}

extension Drain {
  /// Searches the connections where the counters do not say whether the wait is over, and now and then for the
  /// end of templates.
  fileprivate mutating func search(
    at now: UInt64, isForced: Bool,
    _ search: ([ServerIdentity]) -> [ServerIdentity: ServerConnections]?
  ) {
    let haveTemplates = servers.contains { ($0.now?.persistentConnections ?? 0) > 0 }
    let isDue = lastSearch.map { now - $0 >= Self.searchInterval } ?? true
    guard now >= nextSearch || isForced, isEmptyButForInactive || (haveTemplates && isDue) else {
      return
    }
    // Where the list cannot be read, the counters have to do.
    let found = search(servers.map(\.name)) ?? [:]
    let end = SystemClock.monotonic
    lastSearch = end
    nextSearch = end + (end - now) * Self.searchShare
    for index in servers.indices {
      servers[index].connections = found[servers[index].name] ?? ServerConnections()
      servers[index].isSearched = true
    }
  }

  /// Whether nothing is left but connections that count as inactive and may not have ended.
  private var isEmptyButForInactive: Bool {
    guard !allConnections else { return false }
    return servers.contains { rest(of: $0) > 0 }
      && servers.allSatisfy { $0.isDatagram || $0.now?.activeConnections ?? 0 == 0 }
  }
}
