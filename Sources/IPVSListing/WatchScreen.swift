// SPDX-License-Identifier: Apache-2.0

package import IPVSRules
package import IPVSText

/// What of a watched table a terminal shows, and where a person has scrolled to.
package struct WatchScreen {
  /// What a screen needs.
  package static let leastRows = 5
  package static let leastColumns = 40

  package var view: WatchView {
    didSet { if view.options.order != oldValue.options.order { services = nil } }
  }

  /// The table, as it was read last.
  package private(set) var table = WatchedTable()

  /// Whether the keys are explained instead.
  package var isHelp = false

  /// What is to be known of the last read that failed; nil after one that did not.
  package var notice: ByteString?

  /// The first row that is shown.
  private var offset = 0

  /// How many rows of the table are shown at a time.
  private var page = 1

  /// The services in the order in which they are shown; nil where that is to be found out.
  private var services: [Int]?

  /// The width of the widest name that was shown: columns do not move back and forth.
  private var widest = 0

  package init(_ view: WatchView) {
    self.view = view
  }

  /// Takes the next reading of the table.
  ///
  /// - Parameter time: When it was read, in nanoseconds of a clock that is never set.
  package mutating func take(_ reading: [ListedService], at time: UInt64) {
    table.take(reading, at: time)
    services = nil
    notice = nil
  }

  private var rowCount: Int { table.services.count + table.serverCount }

  /// Moves the first row that is shown.
  package mutating func scroll(by rows: Int) {
    offset = max(0, min(offset + rows, rowCount - page))
  }

  /// Moves it by as many rows as are shown, but one.
  package mutating func scroll(byPages pages: Int) { scroll(by: pages * max(1, page - 1)) }

  /// Shows the first row, or the last one.
  package mutating func scroll(toEnd isEnd: Bool) { scroll(by: isEnd ? rowCount : -rowCount) }

  /// Goes on to the next order.
  package mutating func nextOrder() {
    let orders = WatchOrder.allCases
    let index = orders.firstIndex(of: view.options.order) ?? 0
    view.options.order = orders[(index + 1) % orders.count]
  }
}

extension WatchScreen {
  private static let keys = ["q quit  s sort  ? keys", "q quit  ? keys", "q quit"]

  /// The lines of a screen, from the top. There are as many as it has rows, and none is wider.
  ///
  /// - Parameters:
  ///   - time: That of the last reading.
  ///   - hasKeys: Whether keys can be pressed.
  package mutating func lines(
    rows: Int, columns: Int, time: String, hasKeys: Bool = true
  ) -> [TextBuffer] {
    var lines: [TextBuffer]
    if rows < Self.leastRows || columns < Self.leastColumns {
      lines = tooSmall(rows, columns)
    } else {
      lines = [
        view.heading(time: time, keys: hasKeys ? Self.keys : ["^C quit"], width: columns)
      ]
      page = rows - 3
      offset = max(0, min(offset, rowCount - page))
      lines += isHelp ? help(columns) : body(columns)
      lines = Array(lines.prefix(rows - 1))
      lines += Array(repeating: TextBuffer(), count: rows - 1 - lines.count)
      lines.append(status(columns))
    }
    return Array(lines.prefix(rows))
  }

  private func tooSmall(_ rows: Int, _ columns: Int) -> [TextBuffer] {
    let whole =
      "ipvsadm needs \(Self.leastColumns) columns and \(Self.leastRows) rows; there are \(columns) and "
      + "\(rows)"
    let texts =
      whole.utf8.count <= columns
      ? [whole] : ["needs \(Self.leastColumns)x\(Self.leastRows)", "is \(columns)x\(rows)"]
    var lines = texts.map { text in
      var line = ScreenLine(limit: columns, isColored: false)
      line.append(text)
      return line.text
    }
    lines += Array(repeating: TextBuffer(), count: max(0, rows - lines.count))
    return lines
  }

  private func help(_ columns: Int) -> [TextBuffer] {
    let rows = [
      ("q, ^C", "quit"), ("arrows, j, k", "scroll by a line"),
      ("page keys, blank, b", "scroll by a page"), ("Home, End, g, G", "the first row, the last"),
      ("s", "sort by the next column"), ("?", "this, and back"), ("", ""),
      ("SHARE", "of the service's new connections; of the"),
      ("", "active ones where there are no new ones"), ("WANT", "of the service's weights"),
    ]
    return [TextBuffer()]
      + rows.map { key, meaning in
        var line = ScreenLine(limit: columns, isColored: view.options.isColored)
        line.append("  ")
        line.append(key, .strong)
        line.advance(to: columns < 64 ? 14 : 24)
        line.append(meaning)
        return line.text
      }
  }

  private func status(_ columns: Int) -> TextBuffer {
    var line = ScreenLine(limit: columns, isColored: view.options.isColored)
    var position = ""
    if rowCount > page, !isHelp {
      let last = min(offset + page, rowCount)
      position = "\((offset + 1).grouped)-\(last.grouped) of \(rowCount.grouped)"
    }
    if let notice {
      line.append(notice.bytes.prefix(max(0, columns - position.utf8.count - 2)), .alarm)
    } else {
      let counts =
        "\(table.services.count.counted("service")), \(table.serverCount.counted("server"))"
      line.append(counts)
      let room = columns - position.utf8.count - 2
      for (count, text, style) in [
        (table.silentCount, "without answers", ScreenLine.Style.alarm),
        (table.fullCount, "full", .warning),
      ] where count > 0 {
        let text = "\(count.grouped) \(text)"
        guard line.width + 2 + text.utf8.count <= room else { break }
        line.append(", ")
        line.append(text, style)
      }
    }
    if !position.isEmpty { line.append(position, before: columns) }
    return line.text
  }

  /// The titles, and the rows that are on the screen; of the others nothing is laid out.
  private mutating func body(_ columns: Int) -> [TextBuffer] {
    let order =
      services ?? table.order(by: view.options.order, sorted: view.options.sorted)
    services = order
    return view.lines(
      of: table, in: order, from: offset, count: page, width: columns, widest: &widest)
  }
}
