// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// What `--drain` shows while it waits: on a terminal a block of lines that is rewritten, elsewhere a line
/// for each server whose figures changed, at most once a second.
struct DrainReport {
  private let session: Session
  private let request: DrainRequest
  private let isTerminal: Bool

  /// The servers that were drained earlier.
  private let remembered: [ServerIdentity: DrainedServer]

  private var linesOnScreen = 0
  private var lastLine: UInt64?

  /// The last line that was printed about each server.
  private var told: [ServerIdentity: String] = [:]

  /// - Parameter remembered: Servers that were drained earlier.
  init(_ session: Session, _ request: DrainRequest, _ remembered: [DrainedServer]) {
    self.session = session
    self.request = request
    self.remembered = remembered.byName
    isTerminal = session.environment.output.isTerminal && !session.options.json
  }

  /// Shows the servers as they are.
  ///
  /// - Parameters:
  ///   - elapsed: How long the wait has taken, in milliseconds.
  ///   - isLast: Whether nothing will be shown after this.
  mutating func show(_ servers: [Drain.Server], elapsed: UInt64, isLast: Bool) {
    if isTerminal {
      showBlock(servers, elapsed / 1000)
    } else {
      showLines(servers, isLast)
    }
  }

  /// Shows what was held back because a line had been printed a moment before.
  mutating func showLast(_ servers: [Drain.Server]) {
    if !isTerminal { showLines(servers, true) }
  }

  /// The weight that a server had before it was drained; nil where that is not known.
  private func formerWeight(of row: Drain.Server) -> Weight? {
    row.before.weight == .quiesced ? remembered[row.name]?.weight : row.before.weight
  }

  /// Clears the line of a terminal on which it echoed ^C.
  var clearedLine: String { isTerminal && session.output.isWatched ? "\r\u{1b}[K" : "" }
}

// MARK: - On a terminal

extension DrainReport {
  /// Rewrites the block of lines. Lines that are too long are cut by the terminal, so that each takes one
  /// row; servers for which there are no rows are counted.
  private mutating func showBlock(_ servers: [Drain.Server], _ seconds: UInt64) {
    let size = session.environment.output.terminalSize
    let room = max(4, size.rows - 1)
    var lines: [String] = []
    var shown = 0
    for row in servers {
      let block = block(row, seconds, size.columns)
      let isLastRow = shown + 1 == servers.count
      guard lines.count + block.count + (isLastRow ? 0 : 1) <= room else { break }
      lines += block
      shown += 1
    }
    if shown < servers.count {
      let hidden = servers[shown...]
      let active = hidden.reduce(0) { $0 &+ ($1.now?.activeConnections ?? 0) }
      lines.append("\(hidden.count.counted("more server")), active \(active)")
    }
    var text = TextBuffer()
    text.append("\u{1b}[?7l")
    if linesOnScreen > 0 { text.append("\u{1b}[\(linesOnScreen)A") }
    for line in lines { text.append("\r\u{1b}[K\(line)\n") }
    text.append("\u{1b}[J\u{1b}[?7h")
    linesOnScreen = lines.count
    session.output.print(text)
  }

  private func block(_ row: Drain.Server, _ seconds: UInt64, _ columns: Int) -> [String] {
    let time = request.patience.map { "\(clock(seconds)) of \(clock(UInt64($0)))" }
    let weight = formerWeight(of: row).map { "weight \($0) -> 0" } ?? "weight 0"
    let name = "draining \(row.name)"
    let rest = "  \(weight)   \(time ?? clock(seconds))"
    let title = name.count + rest.count < columns ? [name + " " + rest] : [name, rest]
    guard let now = row.now else { return title + ["  deleted"] }
    var counts = "  active \(now.activeConnections)"
    if row.first.activeConnections != now.activeConnections {
      counts += " (was \(row.first.activeConnections))"
    }
    counts += "  inactive \(now.inactiveConnections)"
    let open = openOnes(row)
    if !open.isEmpty { counts += " (\(open.joined(separator: ", ")))" }
    guard now.persistentConnections > 0 else { return title + [counts] }
    counts += "  templates \(now.persistentConnections)"
    if let end = row.connections.templatesEnd { counts += ", last ends in \(clock(end))" }
    guard keepsBoundClients else { return title + [counts] }
    let clients = Int(now.persistentConnections).counted("client")
    let isOne = now.persistentConnections == 1
    return title + [
      counts,
      "  \(clients) \(isOne ? "is" : "are") bound by persistence and still \(isOne ? "comes" : "come"):",
      "  net.ipv4.vs.expire_quiescent_template=1 sends \(isOne ? "it" : "them") elsewhere",
    ]
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
    let setting = SystemSetting(path: "/proc/sys/net/ipv4/vs/expire_quiescent_template")
    return setting.value ?? "0" == "0"
  }
}

// MARK: - Elsewhere

extension DrainReport {
  private mutating func showLines(_ servers: [Drain.Server], _ isLast: Bool) {
    let now = SystemClock.monotonic
    guard isLast || lastLine.map({ now - $0 >= 1000 }) ?? true else { return }
    for row in servers {
      let line = line(row)
      guard line != told[row.name] else { continue }
      told[row.name] = line
      lastLine = now
      session.output.print(line: "\(line)")
    }
  }

  private func line(_ row: Drain.Server) -> String {
    guard !session.options.json else { return document(row) }
    guard let now = row.now else { return "\(row.name): deleted" }
    var figures = [
      "active \(now.activeConnections)", "inactive \(now.inactiveConnections)",
      "templates \(now.persistentConnections)",
    ]
    figures += openOnes(row)
    return "\(row.name): \(figures.joined(separator: ", "))"
  }

  /// The figures of a server as a JSON document.
  private func document(_ row: Drain.Server) -> String {
    let name = row.name
    let searched = row.isSearched ? row.connections : nil
    var json = JSONWriter()
    json.object { json in
      json.field("schema", JSONRenderer.schema)
      json.object("drain") { json in
        json.field("service", name.service.words)
        json.field("server", name.endpoint.description)
        json.field("weight", optional: formerWeight(of: row)?.value)
        json.field("deleted", row.now == nil)
        json.field("active_conns", optional: row.now?.activeConnections)
        json.field("inactive_conns", optional: row.now?.inactiveConnections)
        json.field("persistent_conns", optional: row.now?.persistentConnections)
        json.field("udp_flows", optional: searched?.flows)
        json.field("half_open_conns", optional: searched?.unfinished)
      }
    }
    return String(decoding: json.text.bytes, as: UTF8.self)
  }

  /// What has not ended of the inactive connections.
  private func openOnes(_ row: Drain.Server) -> [String] {
    let found = row.connections
    guard row.isSearched, row.now?.activeConnections == 0 else { return [] }
    return [
      found.flows > 0 ? "\(Int(found.flows).counted("UDP flow"))" : nil,
      found.unfinished > 0 ? "\(found.unfinished) half-open" : nil,
    ].compactMap(\.self)
  }
}
