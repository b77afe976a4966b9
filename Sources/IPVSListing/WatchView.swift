// SPDX-License-Identifier: Apache-2.0

package import IPVSNames
package import IPVSRules
package import IPVSText

/// A watched table as text (ipvsadm(8), `--watch`): values in, lines out.
package struct WatchView {
  /// What is shown, and how.
  package struct Options {
    /// Where the table is: `kernel, netns lb`.
    package var source: ByteString

    /// Seconds between two reads.
    package var interval: UInt32
    package var order: WatchOrder

    /// The source of names; nil for numbers.
    package var names: (any NameService)?

    /// All digits instead of units.
    package var exact: Bool

    /// Whether names are in ascending order, or as the kernel has them.
    package var sorted: Bool
    package var isColored: Bool

    package init(
      source: ByteString, interval: UInt32, order: WatchOrder = .name,
      names: (any NameService)? = nil, exact: Bool = false, sorted: Bool = true,
      isColored: Bool = false
    ) {
      self.source = source
      self.interval = interval
      self.order = order
      self.names = names
      self.exact = exact
      self.sorted = sorted
      self.isColored = isColored
    }
  }

  package var options: Options

  /// The servers that were drained and have no weight.
  package var drained: [ServerIdentity: DrainedServer] = [:]

  package init(_ options: Options) {
    self.options = options
  }

  private var names: WatchNames { WatchNames(text: EndpointText(names: options.names)) }

  private func line(_ limit: Int) -> ScreenLine {
    ScreenLine(limit: limit, isColored: options.isColored)
  }

  /// A row of the table.
  private enum Row {
    case service(WatchedService)
    case server(WatchedServer, of: WatchedService, WatchedService.Wholes)
  }

  // MARK: - Parts

  /// `ipvsadm  kernel, netns lb  03:12:07  every 2 s`, and keys at the right.
  ///
  /// - Parameter keys: The widest text first; the first that fits is shown.
  package func heading(time: String, keys: [String] = [], width: Int = .max) -> TextBuffer {
    var line = line(width)
    let source = "  \(options.source)"
    let order = options.order == .name ? "" : "  by \(options.order.rawValue)"
    let rest = "  \(time)  every \(options.interval) s\(order)"
    line.append("ipvsadm", .strong)
    let used = line.width + rest.utf8.count
    // Where not all has room, the name of the place is cut, and then keys are left out.
    let leastSource = min(source.utf8.count, 20)
    let shown =
      keys.first { used + leastSource + 2 + $0.utf8.count <= width } ?? keys.last
    let room = (shown.map { width - $0.utf8.count - 2 } ?? width) - used
    line.append(WatchNames.cut(Array(source.utf8), to: max(0, room)))
    line.append(rest.utf8.prefix(max(0, room + rest.utf8.count)))
    if let shown { line.append(shown, before: width) }
    return line.text
  }

  private func titles(_ layout: WatchLayout, width: Int) -> TextBuffer {
    var line = line(width)
    line.append("SERVICE / SERVER", .strong)
    for column in layout.columns {
      line.append(column.title, before: layout.end(of: column), .strong)
    }
    return line.text
  }

  private func text(
    of row: Row, named name: [UInt8], _ layout: WatchLayout, width: Int
  ) -> TextBuffer {
    var line = line(width)
    switch row {
    case .service(let service):
      line.append(WatchNames.cut(name, to: layout.serviceWidth), .strong)
      append(layout, to: &line) { column in
        switch column {
        case .weight, .share, .want: nil
        case .active: WatchNumber.count(service.activeConnections, exact: options.exact)
        case .connections, .inbound, .outbound: rate(of: service.traffic, in: column)
        }
      }
      if service.servers.allSatisfy({ $0.server.weight == .quiesced }) {
        append([Note("no server", "no usable server", .alarm)], layout, width, to: &line)
      }
    case .server(let server, let service, let wholes):
      line.append(WatchNames.cut(name, to: layout.nameWidth))
      append(layout, to: &line) { column in
        switch column {
        case .weight: WatchNumber.count(UInt64(server.server.weight.value), exact: options.exact)
        case .share: WatchNumber.share(server.share(of: wholes))
        case .want: WatchNumber.share(server.wantedShare(of: wholes))
        case .active: WatchNumber.count(UInt64(server.activeConnections), exact: options.exact)
        case .connections, .inbound, .outbound: rate(of: server.traffic, in: column)
        }
      }
      append(notes(on: server, of: service), layout, width, to: &line)
    }
    return line.text
  }

  private func append(
    _ layout: WatchLayout, to line: inout ScreenLine, _ value: (WatchColumn) -> String?
  ) {
    for column in layout.columns {
      if let value = value(column) { line.append(value, before: layout.end(of: column)) }
    }
  }

  private func rate(of traffic: WatchedTraffic, in column: WatchColumn) -> String {
    let rates = traffic.rates
    return switch column {
    case .inbound: WatchNumber.bytes(rates?.inboundBytes, exact: options.exact)
    case .outbound: WatchNumber.bytes(rates?.outboundBytes, exact: options.exact)
    default: WatchNumber.connections(rates?.connections, exact: options.exact)
    }
  }

  // MARK: - Notes

  /// What is to be known of a row beside its numbers.
  private struct Note {
    let short: String
    let long: String
    let style: ScreenLine.Style

    init(_ short: String, _ long: String, _ style: ScreenLine.Style) {
      self.short = short
      self.long = long
      self.style = style
    }
  }

  private func notes(on server: WatchedServer, of service: WatchedService) -> [Note] {
    var notes: [Note] = []
    if server.isSilent { notes.append(Note("no answers", "no answers", .alarm)) }
    if server.isFull {
      notes.append(Note("full", "full at \(server.server.upperThreshold)", .warning))
    }
    let name = ServerIdentity(server.server.endpoint, of: service.service.identity)
    if server.server.weight == .quiesced, let drain = drained[name] {
      notes.append(Note("draining", "draining, was \(drain.weight)", .remark))
    }
    return notes
  }

  private func append(
    _ notes: [Note], _ layout: WatchLayout, _ width: Int, to line: inout ScreenLine
  ) {
    guard !notes.isEmpty else { return }
    line.advance(to: layout.noteStart + layout.gap)
    let length = notes.reduce(2 * (notes.count - 1)) { $0 + $1.long.utf8.count }
    let isLong = length <= width - line.width
    for (index, note) in notes.enumerated() {
      if index > 0 { line.append(", ") }
      line.append(isLong ? note.long : note.short, note.style)
    }
  }
}

// MARK: - Without a terminal

extension WatchView {
  /// The whole table as a block of lines, with an empty one at its end.
  package func block(of table: WatchedTable, time: String) -> TextBuffer {
    let names = names
    var rows: [(row: Row, name: [UInt8])] = []
    rows.reserveCapacity(table.services.count + table.serverCount)
    var widest = 0
    for index in table.order(by: options.order, sorted: options.sorted) {
      let service = table.services[index]
      rows.append((.service(service), names.name(of: service.service)))
      let wholes = service.wholes
      for index in service.order(by: options.order, sorted: options.sorted) {
        let server = service.servers[index]
        let name = names.name(of: server.server, in: service.service)
        widest = max(widest, name.count)
        rows.append((.server(server, of: service, wholes), name))
      }
    }
    let layout = WatchLayout(width: nil, name: widest, exact: options.exact)
    var text = heading(time: time)
    text.append("\n")
    text.append(copying: titles(layout, width: .max))
    text.append("\n")
    for row in rows {
      text.append(copying: self.text(of: row.row, named: row.name, layout, width: .max))
      text.append("\n")
    }
    text.append("\n")
    return text
  }
}

// MARK: - On a terminal

extension WatchView {
  /// The titles and some rows.
  ///
  /// - Parameters:
  ///   - order: The indices of the services as they are shown.
  ///   - offset: The first row.
  ///   - widest: The width of the widest name so far.
  func lines(
    of table: WatchedTable, in order: [Int], from offset: Int, count: Int, width: Int,
    widest: inout Int
  ) -> [TextBuffer] {
    let names = names
    var rows: [(row: Row, name: [UInt8])] = []
    var skipped = 0
    for index in order {
      let service = table.services[index]
      let height = 1 + service.servers.count
      guard skipped + height > offset else {
        skipped += height
        continue
      }
      if skipped >= offset {
        rows.append((.service(service), names.name(of: service.service)))
      }
      let first = max(0, offset - skipped - 1)
      skipped += height
      guard rows.count < count else { break }
      let wholes = service.wholes
      let servers = service.order(by: options.order, sorted: options.sorted)
      for index in servers.dropFirst(first).prefix(count - rows.count) {
        let server = service.servers[index]
        let name = names.name(of: server.server, in: service.service)
        widest = max(widest, name.count)
        rows.append((.server(server, of: service, wholes), name))
      }
      if rows.count >= count { break }
    }
    let layout = WatchLayout(width: width, name: widest, exact: options.exact)
    return [titles(layout, width: width)]
      + rows.map { text(of: $0.row, named: $0.name, layout, width: width) }
  }
}
