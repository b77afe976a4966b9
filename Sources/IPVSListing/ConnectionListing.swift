public import IPVSNames
public import IPVSText

/// The connections of a director as `ipvsadm --list --connection` prints them, made from the text of
/// /proc/net/ip_vs_conn.
///
/// Bytes go in as they are read, in pieces of any size, and rows come out: neither the number of rows
/// nor their length takes memory, except that the beginning of a row waits here for its end. Columns
/// are those of ipvsadm 1.31, byte for byte; what it could not read (it cuts rows at 255 bytes, and a
/// client can make them longer by a long SIP Call-ID) is read whole here.
///
/// After an error, the rows before the one at fault stand complete in the output; feed no more.
public struct ConnectionListing {
  /// The most bytes in a row. The kernel's longest have about 450.
  public static let longestRow = 1 << 20

  private let format: ConnectionFormat

  /// The beginning of a row whose end has not come yet.
  private var pending: [UInt8] = []

  /// How many rows there were; nil until the line of titles has ended.
  private var rows: Int?

  private var isEmpty = true

  /// `persistence`: with the columns of persistence engines (`--persistent-conn`). `names`: where
  /// addresses and ports get names from; nil: numbers (`--numeric`).
  public init(persistence: Bool = false, names: (any NameService)? = nil) {
    format = ConnectionFormat(persistence: persistence, text: EndpointText(names: names))
  }

  /// Takes the next bytes and appends the rows that end in them.
  public mutating func feed(
    _ chunk: Span<UInt8>, into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    guard !chunk.isEmpty else { return }
    begin(&output)
    guard let end = chunk.lastIndex(of: newline) else { return try keep(chunk) }
    var start = 0
    if !pending.isEmpty || rows == nil {
      start = chunk.firstIndex(of: newline, upTo: end) + 1
      try keep(chunk.extracting(..<start))
      try takePending(into: &output)
    }
    try takeRows(chunk.extracting(start...end), into: &output)
    if end + 1 < chunk.count { try keep(chunk.extracting((end + 1)...)) }
  }

  /// Says that there are no more bytes. A last row that does not end in a newline counts.
  public mutating func finish(
    into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    guard !isEmpty else { throw .empty }
    guard !pending.isEmpty else { return }
    pending.append(newline)
    try takePending(into: &output)
  }

  private mutating func begin(_ output: inout TextBuffer) {
    guard isEmpty else { return }
    isEmpty = false
    format.appendTitles(to: &output)
  }

  /// Puts the beginning of a row, or more of it, aside.
  private mutating func keep(_ part: Span<UInt8>) throws(ConnectionListingError) {
    // The kernel's line of titles is dropped, whatever it holds; one byte stands for it.
    guard let rows else {
      if pending.isEmpty { pending.append(part[0]) }
      return
    }
    guard pending.count + part.count <= Self.longestRow else {
      throw .tooLong(row: rows + 1, limit: Self.longestRow)
    }
    pending.append(addingCapacity: part.count) { output in
      for index in part.indices { output.append(part[index]) }
    }
  }

  /// Takes the row that was put aside, which now has its end.
  private mutating func takePending(
    into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    if rows == nil {
      rows = 0
    } else {
      let row = pending
      try takeRows(row.span, into: &output)
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Takes whole rows: none, or some that end in a newline.
  private mutating func takeRows(
    _ bytes: Span<UInt8>, into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    var position = 0
    var row = rows ?? 0
    while position < bytes.count {
      row += 1
      guard let connection = ConnectionRow(bytes, at: &position) else {
        throw .malformed(row: row)
      }
      format.append(connection, in: bytes, to: &output)
    }
    rows = row
  }
}

extension Span<UInt8> {
  fileprivate func lastIndex(of byte: UInt8) -> Int? {
    var index = count - 1
    while index >= 0 {
      if self[index] == byte { return index }
      index -= 1
    }
    return nil
  }

  /// The first position of `byte`, or `limit` if there is none before it.
  fileprivate func firstIndex(of byte: UInt8, upTo limit: Int) -> Int {
    var index = 0
    while index < limit, self[index] != byte { index += 1 }
    return index
  }
}
