// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// Reads the connections of a director from the text of /proc/net/ip_vs_conn, or from the same rows
/// of an engine.
///
/// Bytes go in as they are read, in pieces of any size; rows come out in batches. Memory grows
/// neither with the number of rows nor with their length, except that the beginning of a row is kept
/// until its end comes. Rows are read whole, where ipvsadm 1.31 cuts them at 255 bytes: a client can
/// make them longer by a long SIP Call-ID.
///
/// After an error, the rows before the one at fault have been handed over; feed no more.
package struct ConnectionReader {
  /// Takes all rows of a batch, which are in `text`, and adds what it makes of them to `output`.
  package typealias Consumer<Output> = (
    _ rows: inout ConnectionRows, _ text: Span<UInt8>, _ output: inout Output
  ) -> Void

  /// The most bytes of a row that are kept until its end comes. The kernel's longest rows have about
  /// 450 bytes.
  package static let longestRow = 1 << 20

  /// The beginning of a row whose end has not come yet.
  private var pending: [UInt8] = []

  /// How many rows there were.
  private var rows = 0

  /// Whether the line of titles is still to come, or its end is.
  private var isBeforeRows: Bool

  private var isEmpty = true

  /// - Parameter hasTitles: whether a line of titles comes first, as in the kernel's file. It is
  ///   dropped, whatever it holds.
  package init(hasTitles: Bool = true) {
    isBeforeRows = hasTitles
  }

  /// Takes the next bytes, and hands over the rows that end in them.
  package mutating func feed<Output>(
    _ chunk: Span<UInt8>, into output: inout Output, _ body: Consumer<Output>
  ) throws(ConnectionReaderError) {
    guard !chunk.isEmpty else { return }
    isEmpty = false
    let end = chunk.endOfLastLine
    guard end > 0 else { return try keep(chunk) }
    var start = 0
    if !pending.isEmpty || isBeforeRows {
      start = chunk.endOfFirstLine
      try keep(chunk.extracting(..<start))
      try takePending(&output, body)
    }
    if start < end { try take(chunk.extracting(start..<end), &output, body) }
    try keep(chunk.extracting(end...))
  }

  /// Ends the input. A last row that does not end in a newline counts.
  ///
  /// - Throws: `empty` where a line of titles was to come, and not one byte came.
  package mutating func finish<Output>(
    into output: inout Output, _ body: Consumer<Output>
  ) throws(ConnectionReaderError) {
    guard !isEmpty || !isBeforeRows else { throw .empty }
    guard !pending.isEmpty else { return }
    pending.append(newline)
    try takePending(&output, body)
  }

  /// Keeps the beginning of a row, or more of it.
  private mutating func keep(_ part: Span<UInt8>) throws(ConnectionReaderError) {
    guard !isBeforeRows, !part.isEmpty else { return }
    guard pending.count + part.count <= Self.longestRow else {
      throw .tooLong(row: rows + 1, limit: Self.longestRow)
    }
    pending.append(addingCapacity: part.count) { output in
      for index in part.indices { output.append(part[index]) }
    }
  }

  /// Takes the line that was kept, which now has its end.
  private mutating func takePending<Output>(
    _ output: inout Output, _ body: Consumer<Output>
  ) throws(ConnectionReaderError) {
    guard !isBeforeRows else {
      isBeforeRows = false
      return
    }
    var row: [UInt8] = []
    swap(&row, &pending)
    try take(row.span, &output, body)
    row.removeAll(keepingCapacity: true)
    swap(&row, &pending)
  }

  /// Takes one or more whole rows.
  private mutating func take<Output>(
    _ text: Span<UInt8>, _ output: inout Output, _ body: Consumer<Output>
  ) throws(ConnectionReaderError) {
    var batch = ConnectionRows()
    body(&batch, text, &output)
    rows += batch.count
    if batch.isMalformed { throw .malformed(row: rows + 1) }
  }
}

/// Why the text of a table of connections cannot be read.
package enum ConnectionReaderError: Error, Hashable, Sendable {
  /// There was not even a line of titles.
  case empty

  /// A row is not that of a connection. Rows count from 1, the first below the titles.
  case malformed(row: Int)

  /// A row has more than `limit` bytes.
  case tooLong(row: Int, limit: Int)
}

extension Span<UInt8> {
  /// The offset after the last newline; 0 if there is none.
  fileprivate var endOfLastLine: Int {
    var end = count
    while end > 0, self[end - 1] != newline { end -= 1 }
    return end
  }

  /// The offset after the first newline; `count` if there is none.
  fileprivate var endOfFirstLine: Int {
    var end = 0
    while end < count {
      end += 1
      if self[end - 1] == newline { break }
    }
    return end
  }
}
