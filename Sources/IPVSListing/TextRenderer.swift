// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSNames
package import IPVSRules
package import IPVSText

/// Listings in the text of ipvsadm 1.31, byte for byte but for what `TableListing` and
/// `ConnectionReader` name.
package struct TextRenderer: ListingRenderer {
  private let table: TableListing
  private let connections: ConnectionFormat

  /// - Parameters:
  ///   - view: the columns of a table.
  ///   - persistence: whether connections have the columns of persistence engines
  ///     (`--persistent-conn`).
  ///   - names: the source of names for addresses and ports; nil for numbers (`--numeric`).
  ///   - exact: whether counters have all their digits instead of units (`--exact`).
  ///   - sorted: whether services and servers are in ascending order; otherwise they are in the order
  ///     of the kernel (`--nosort`).
  package init(
    view: TableView = .plain, persistence: Bool = false, names: (any NameService)? = nil,
    exact: Bool = false, sorted: Bool = true
  ) {
    let text = EndpointText(names: names)
    table = TableListing(view: view, text: text, exact: exact, sorted: sorted)
    connections = ConnectionFormat(persistence: persistence, text: text)
  }

  package func append(_ report: Report, to output: inout TextBuffer) {
    switch report {
    case .table(let snapshot): table.append(snapshot, to: &output)
    case .selection(let snapshot):
      if !snapshot.services.isEmpty { table.append(snapshot, to: &output) }
    case .hosts(let hosts, _): HostListing(table: table).append(hosts, to: &output)
    case .counts(let counts): CountListing(table: table).append(counts, to: &output)
    case .service(let service): table.append(service, to: &output)
    case .timeouts(let timeouts): output.appendLine(timeouts)
    case .daemons(let daemons): output.appendLines(daemons)
    }
  }

  package func appendConnectionTitles(to output: inout TextBuffer) {
    connections.appendTitles(to: &output)
  }

  package func append(
    _ connection: ConnectionRow, in text: Span<UInt8>, to output: inout TextBuffer
  ) {
    output.append(atMost: connections.room(for: connection)) { lines in
      connections.write(connection, of: text, to: &lines, at: 0) ?? 0
    }
  }

  package func append(
    _ rows: inout ConnectionRows, in text: Span<UInt8>, to output: inout TextBuffer
  ) {
    output.append(&rows, in: text, as: connections)
  }
}

extension TextBuffer {
  /// Appends the line of `ipvsadm --list --timeout`.
  fileprivate mutating func appendLine(_ timeouts: Timeouts) {
    append("Timeout (tcp tcpfin udp): ")
    append(timeouts.tcp)
    append(" ")
    append(timeouts.tcpFin)
    append(" ")
    append(timeouts.udp)
    append("\n")
  }

  /// Appends the lines of `ipvsadm --list --daemon`: the master's before the backup's; nothing where
  /// there is no daemon.
  fileprivate mutating func appendLines(_ daemons: [SyncDaemon]) {
    for role in [SyncDaemon.Role.master, .backup] {
      for daemon in daemons where daemon.role == role { appendLine(daemon) }
    }
  }

  /// Appends the line of one daemon, without the settings that the kernel does not report.
  private mutating func appendLine(_ daemon: SyncDaemon) {
    append(daemon.role == .master ? "master" : "backup")
    append(" sync daemon (mcast=")
    append(daemon.interface.text)
    append(", syncid=")
    append(daemon.syncID)
    if let maximumLength = daemon.maximumLength {
      append(", maxlen=")
      append(maximumLength)
    }
    if let group = daemon.group {
      append(", group=")
      append(group)
    }
    if let port = daemon.port {
      append(", port=")
      append(port)
    }
    if let timeToLive = daemon.timeToLive {
      append(", ttl=")
      append(timeToLive)
    }
    append(")\n")
  }
}
