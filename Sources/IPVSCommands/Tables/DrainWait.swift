// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// The wait of `--drain` until servers have no connections.
struct DrainWait {
  /// The pause between two looks, in milliseconds.
  private static let pause = 250

  /// How often the connections are searched while only the end of templates is wanted, in milliseconds.
  private static let searchInterval: UInt64 = 5000

  /// A search takes at most one part in this many of the time: there may be a million connections.
  private static let searchShare: UInt64 = 4

  private let session: Session
  private let request: DrainRequest

  /// All services of the table, to tell whose a connection is.
  private let services: Set<ServiceIdentity>
  private var servers: [DrainRow]
  private var report: DrainReport
  private let beginning = SystemClock.monotonic

  /// When the connections may be searched again.
  private var nextSearch: UInt64 = 0

  /// When they were searched, and are searched again for the end of templates alone.
  private var lastSearch: UInt64?

  /// - Parameters:
  ///   - servers: The servers, which have no weight any more.
  ///   - services: All services of the table.
  init(
    _ session: Session, _ request: DrainRequest, _ servers: [DrainingServer],
    among services: Set<ServiceIdentity>
  ) {
    self.session = session
    self.request = request
    self.services = services
    self.servers = servers.map { DrainRow(server: $0) }
    report = DrainReport(session, request)
  }

  /// Waits.
  ///
  /// - Returns: Success when all servers are empty.
  mutating func run(_ signals: borrowing HeldSignals) -> ExitStatus {
    while true {
      do throws(DirectorError) {
        try look()
      } catch {
        let status = Execution(session: session).fail(error, .failure)
        session.output.report(Diagnostic(stays, nil))
        return status
      }
      let isEmpty = isEmpty
      let isOver = request.patience.map { elapsed >= UInt64($0) * 1000 } ?? false
      let awake = servers.first(where: \.isAwake)
      report.show(servers, elapsed: elapsed, isLast: isEmpty || isOver || awake != nil)
      if let awake {
        report.showLast(servers)
        session.output.report(
          Diagnostic(
            "\(awake.server.name) is not drained any more",
            Explanation("another program gave it weight \(awake.now?.server.weight ?? .one)", nil)))
        return .negative
      }
      if isEmpty { return .success }
      if isOver {
        session.output.report(Diagnostic("not empty in time; \(stays)", nil))
        return .negative
      }
      if signals.wait(milliseconds: waitLength) {
        report.showLast(servers)
        session.output.tell("\(report.clearedLine)")
        session.output.report(Diagnostic("interrupted; \(stays)", nil))
        return .interrupted
      }
    }
  }

  /// The servers that were there at the last look.
  var present: [DrainingServer] { servers.filter { $0.now != nil }.map(\.server) }

  /// Looks again, and says whether all servers are empty and still without weight.
  mutating func isStillEmpty() throws(DirectorError) -> Bool {
    nextSearch = 0
    try look()
    return isEmpty && !servers.contains(where: \.isAwake)
  }

  private var isEmpty: Bool { servers.allSatisfy { rest(of: $0) == 0 } }

  private var elapsed: UInt64 { SystemClock.monotonic - beginning }

  /// The pause before the next look, in milliseconds: not beyond the end of the wait.
  private var waitLength: Int {
    guard let patience = request.patience else { return Self.pause }
    let end = UInt64(patience) * 1000
    return min(Self.pause, Int(end > elapsed ? end - elapsed : 0))
  }

  private var stays: MessageText {
    "\(servers.count == 1 ? "stays" : "all stay") at weight 0; back with: "
      + "\(request.servers.undrainCommand(session))"
  }
}

// MARK: - Looking

extension DrainWait {
  /// How many connections of a server are waited for, as far as its counters and the last search tell.
  private func rest(of row: DrainRow) -> UInt32 {
    guard let now = row.now else { return 0 }
    if request.allConnections {
      return now.activeConnections &+ now.inactiveConnections &+ now.persistentConnections
    }
    if row.server.isDatagram { return now.activeConnections &+ now.inactiveConnections }
    guard now.activeConnections == 0, now.inactiveConnections > 0 else {
      return now.activeConnections
    }
    // The inactive ones may be flows of datagrams, or connections of which one half is open.
    return row.isSearched ? row.connections.flows &+ row.connections.unfinished : 1
  }

  private mutating func look() throws(DirectorError) {
    var known: [ServiceIdentity: [ListedServer]] = [:]
    for index in servers.indices {
      let name = servers[index].server.name
      if known[name.service] == nil {
        known[name.service] = try session.withDirector { director throws(DirectorError) in
          try director.servers(of: name.service)
        }
      }
      let now = known[name.service]?.first { $0.server.endpoint == name.endpoint }
      servers[index].now = now
      if servers[index].first == nil { servers[index].first = now }
      servers[index].isAwake = now.map { $0.server.weight != .quiesced } ?? false
      servers[index].isSearched = false
    }
    search()
  }

  /// Searches the connections where the counters do not say whether the wait is over, and now and then
  /// for the end of templates.
  private mutating func search() {
    let now = SystemClock.monotonic
    let isAtEnd = isEmptyButForInactive
    let haveTemplates = servers.contains { ($0.now?.persistentConnections ?? 0) > 0 }
    let isDue = lastSearch.map { now - $0 >= Self.searchInterval } ?? true
    guard now >= nextSearch, isAtEnd || (haveTemplates && isDue) else { return }
    let search = ConnectionSearch(session)
    let found = search.connections(of: servers.map(\.server.name), among: services)
    lastSearch = SystemClock.monotonic
    nextSearch = SystemClock.monotonic + (SystemClock.monotonic - now) * Self.searchShare
    for index in servers.indices {
      // Where the list cannot be read, the counters have to do.
      servers[index].connections =
        found.map { $0[servers[index].server.name] ?? ServerConnections() } ?? ServerConnections()
      servers[index].isSearched = true
    }
  }

  /// Whether nothing is left but connections that count as inactive and may not have ended.
  private var isEmptyButForInactive: Bool {
    guard !request.allConnections else { return false }
    let rests = servers.map(rest)
    return rests.contains { $0 > 0 }
      && servers.allSatisfy { $0.server.isDatagram || $0.now?.activeConnections ?? 0 == 0 }
  }
}

/// A server that is waited for, and what it had at the last look.
struct DrainRow {
  let server: DrainingServer
  var first: ListedServer?
  var now: ListedServer?

  /// What the last search of the connections found.
  var connections = ServerConnections()

  /// Whether that search belongs to the last look.
  var isSearched = false

  /// Whether another program gave it weight again.
  var isAwake = false
}
