// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// The wait of `--drain` until servers have no connections, with a report on a terminal or in lines.
struct DrainWait {
  /// The pause between two looks, in milliseconds.
  private static let pause = 250

  /// How often the connections are searched for templates, in milliseconds: there may be a million.
  private static let searchInterval: UInt64 = 5000

  private let session: Session
  private let request: DrainRequest
  private var servers: [Row]
  private let beginning = SystemClock.monotonic
  private var lastLine: UInt64 = 0
  private var linesOnScreen = 0
  private var lastSearch: UInt64?

  /// A server and what it had at the last look.
  private struct Row {
    let server: DrainingServer
    var first: ListedServer?
    var now: ListedServer?
    var told = ""

    /// When the last persistence template ends, in seconds.
    var templatesEnd: UInt64?

    /// Whether another program gave it weight again.
    var isAwake = false
  }

  init(_ session: Session, _ request: DrainRequest, _ servers: [DrainingServer]) {
    self.session = session
    self.request = request
    self.servers = servers.map { Row(server: $0) }
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
        session.output.tell(stays)
        return status
      }
      let isEmpty = servers.allSatisfy { rest(of: $0) == 0 }
      let isOver = request.patience.map { elapsed >= UInt64($0) * 1000 } ?? false
      show(isLast: isEmpty || isOver)
      if let awake = servers.first(where: \.isAwake) {
        session.output.report(
          Diagnostic(
            "\(awake.server.name) is not drained any more",
            Explanation("another program gave it weight \(awake.now?.server.weight ?? .one)", nil)))
        return .negative
      }
      if isEmpty { return .success }
      if isOver {
        session.output.tell("not empty in time; \(stays)")
        return .negative
      }
      if signals.wait(milliseconds: waitLength) {
        session.output.tell("\(stays)")
        return .interrupted
      }
    }
  }

  private var elapsed: UInt64 { SystemClock.monotonic - beginning }

  /// The pause before the next look, in milliseconds: not beyond the end of the wait.
  private var waitLength: Int {
    guard let patience = request.patience else { return Self.pause }
    let end = UInt64(patience) * 1000
    return min(Self.pause, Int(end > elapsed ? end - elapsed : 0))
  }

  private var stays: MessageText {
    "stays at weight 0; back with: \(request.servers.undrainCommand(session))\n"
  }

  /// How many connections are waited for.
  private func rest(of row: Row) -> UInt32 {
    guard let now = row.now else { return 0 }
    let live =
      row.server.isDatagram || request.allConnections
      ? now.activeConnections &+ now.inactiveConnections : now.activeConnections
    return request.allConnections ? live &+ now.persistentConnections : live
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
    }
    searchTemplates()
  }

  /// Finds out when the last persistence templates end.
  private mutating func searchTemplates() {
    let haveTemplates = servers.contains { ($0.now?.persistentConnections ?? 0) > 0 }
    let now = SystemClock.monotonic
    guard haveTemplates, lastSearch.map({ now - $0 >= Self.searchInterval }) ?? true else { return }
    lastSearch = now
    let endpoints = servers.map(\.server.name.endpoint)
    let ends = ConnectionSearch(session).lastTemplates(of: endpoints)
    for index in servers.indices { servers[index].templatesEnd = ends[endpoints[index]] }
  }
}

// MARK: - Reports

extension DrainWait {
  private mutating func show(isLast: Bool) {
    if session.environment.output.isTerminal {
      showBlock(isLast: isLast)
    } else {
      showLines(isLast)
    }
  }

  /// Rewrites the block of lines on a terminal.
  private mutating func showBlock(isLast: Bool) {
    var text = TextBuffer()
    if linesOnScreen > 0 { text.append("\u{1b}[\(linesOnScreen)A") }
    linesOnScreen = 0
    for row in servers {
      for line in block(row) {
        text.append("\r\u{1b}[K\(line)\n")
        linesOnScreen += 1
      }
    }
    text.append("\u{1b}[J")
    session.output.print(text)
    if isLast { linesOnScreen = 0 }
  }

  private func block(_ row: Row) -> [String] {
    let time = request.patience.map { "\(clock(elapsed / 1000)) of \(clock(UInt64($0)))" }
    let weight = row.server.formerWeight.map { "weight \($0) -> 0" } ?? "weight 0"
    let title = "draining \(row.server.name)   \(weight)   \(time ?? clock(elapsed / 1000))"
    guard let now = row.now else { return [title, "  deleted"] }
    var counts = "  active \(now.activeConnections)"
    if let first = row.first, first.activeConnections != now.activeConnections {
      counts += " (was \(first.activeConnections))"
    }
    counts += "  inactive \(now.inactiveConnections)"
    guard now.persistentConnections > 0 else { return [title, counts] }
    counts += "  templates \(now.persistentConnections)"
    if let end = row.templatesEnd { counts += ", last ends in \(clock(end))" }
    guard keepsBoundClients else { return [title, counts] }
    return [
      title, counts,
      "  \(Plan.counted(Int(now.persistentConnections), "client")) bound by persistence still come:",
      "  net.ipv4.vs.expire_quiescent_template=1 sends them elsewhere",
    ]
  }

  /// Prints a line for each server whose figures changed, at most once a second.
  private mutating func showLines(_ isLast: Bool) {
    let now = SystemClock.monotonic
    guard isLast || lastLine == 0 || now - lastLine >= 1000 else { return }
    for index in servers.indices {
      let line = line(servers[index])
      guard line != servers[index].told else { continue }
      servers[index].told = line
      lastLine = now
      session.output.print(line: "\(line)")
    }
  }

  private func line(_ row: Row) -> String {
    guard let now = row.now else { return "\(row.server.name): deleted" }
    return
      "\(row.server.name): active \(now.activeConnections), inactive \(now.inactiveConnections), "
      + "templates \(now.persistentConnections)"
  }

  /// `01:12`, or `1:01:12` from an hour on.
  private func clock(_ seconds: UInt64) -> String {
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let rest = "\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    return seconds < 3600 ? rest : "\(seconds / 3600):\(rest)"
  }

  /// Whether the kernel sends clients that are bound by persistence to a server without weight
  /// (`expire_quiescent_template` is 0).
  private var keepsBoundClients: Bool {
    guard session.host.peer == .kernel else { return true }
    let path = "/proc/sys/net/ipv4/vs/expire_quiescent_template"
    guard let file = try? FileDescriptor(reading: path) else { return true }
    defer { file.close() }
    var content = [UInt8](repeating: 0, count: 8)
    guard let length = try? file.read(into: &content), length > 0 else { return true }
    return content[0] == UInt8(ascii: "0")
  }
}
