// SPDX-License-Identifier: Apache-2.0

package import IPVSRules
package import IPVSText

/// The answer to one `ipvsadm --list`: values, without a format. Connections are not among them, as
/// they are printed row by row (`ConnectionRows`).
package enum Report: Hashable, Sendable {
  /// The whole table, or one service of it.
  case table(Snapshot)

  /// What a filter selected of the table; perhaps nothing.
  case selection(Snapshot)

  /// The real servers by their machines, as far as they were selected (`--list --by-server`).
  case hosts([ServerHost], KernelInfo)

  /// The numbers of connections (`--list --connection --count-by ...`).
  case counts(ConnectionCounts)

  /// One service with its servers (`--list --tcp-service ...`).
  case service(ListedService)

  /// The timeouts of connections (`--list --timeout`).
  case timeouts(Timeouts)

  /// The sync daemons that run, in any order (`--list --daemon`).
  case daemons([SyncDaemon])
}

/// A format of listings: appends reports and connections to the output as text.
///
/// A renderer is a value that holds the choices of presentation (names, columns, order). It neither
/// reads nor writes, so that its tests need no director.
package protocol ListingRenderer {
  /// Appends a report.
  func append(_ report: Report, to output: inout TextBuffer)

  /// Prints a report in one piece or several. The default appends it and prints all; a format whose text is
  /// long prints it as it comes.
  func print(_ report: Report, _ output: (TextBuffer) -> Void)

  /// Appends the lines before the first connection; nothing where a format has none.
  func appendConnectionTitles(to output: inout TextBuffer)

  /// Appends one connection.
  ///
  /// - Parameters:
  ///   - connection: the values; its words are ranges of `text`.
  ///   - text: the rows as they were read.
  func append(_ connection: ConnectionRow, in text: Span<UInt8>, to output: inout TextBuffer)

  /// Appends all that `rows` holds. The default appends one connection after the other; a format
  /// that must be fast prints many at a time.
  func append(_ rows: inout ConnectionRows, in text: Span<UInt8>, to output: inout TextBuffer)
}

extension ListingRenderer {
  package func print(_ report: Report, _ output: (TextBuffer) -> Void) {
    var text = TextBuffer()
    append(report, to: &text)
    output(text)
  }

  package func append(
    _ rows: inout ConnectionRows, in text: Span<UInt8>, to output: inout TextBuffer
  ) {
    while let connection = rows.next(in: text) { append(connection, in: text, to: &output) }
  }
}

extension [ListedService] {
  /// The indices of the services in ascending order of their identities (ipvsadm(8), `--sort`).
  var order: [Int] {
    indices.sorted { self[$0].service.identity < self[$1].service.identity }
  }
}

extension [ListedServer] {
  /// The indices of the servers in ascending order of address and port.
  var order: [Int] {
    indices.sorted { self[$0].server.endpoint < self[$1].server.endpoint }
  }
}
