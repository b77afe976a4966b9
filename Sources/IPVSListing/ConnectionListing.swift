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
  /// The most bytes of a row that wait for its end. The kernel's longest rows have about 450.
  public static let longestRow = 1 << 20

  /// How many bytes are taken of the output at a time, as taking them for each row costs as much as
  /// filling them.
  private static let block = 8192

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
    let end = chunk.endOfLastLine
    guard end > 0 else { return try keep(chunk) }
    var start = 0
    if !pending.isEmpty || rows == nil {
      start = chunk.endOfFirstLine
      try keep(chunk.extracting(..<start))
      try takePending(into: &output)
    }
    try takeRows(chunk.extracting(start..<end), into: &output)
    try keep(chunk.extracting(end...))
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
    // The kernel's line of titles is dropped, whatever it holds.
    guard let rows, !part.isEmpty else { return }
    guard pending.count + part.count <= Self.longestRow else {
      throw .tooLong(row: rows + 1, limit: Self.longestRow)
    }
    pending.append(addingCapacity: part.count) { output in
      for index in part.indices { output.append(part[index]) }
    }
  }

  /// Takes the line that was put aside, which now has its end.
  private mutating func takePending(
    into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    guard rows != nil else {
      rows = 0
      return
    }
    var row: [UInt8] = []
    swap(&row, &pending)
    try takeRows(row.span, into: &output)
    row.removeAll(keepingCapacity: true)
    swap(&row, &pending)
  }

  /// Takes whole rows: none, or some that end in a newline.
  private mutating func takeRows(
    _ bytes: Span<UInt8>, into output: inout TextBuffer
  ) throws(ConnectionListingError) {
    var position = 0
    var row = rows ?? 0
    var room = 0
    var isMalformed = false
    while position < bytes.count, !isMalformed {
      output.append(atMost: max(room, Self.block)) { lines in
        var end = 0
        while position < bytes.count {
          var next = position
          guard let connection = ConnectionRow(bytes, at: &next) else {
            isMalformed = true
            break
          }
          room = format.room(for: connection)
          guard end + room <= lines.byteCount else { break }
          end = format.write(connection, of: bytes, to: &lines, at: end)
          position = next
          row += 1
        }
        return end
      }
    }
    rows = row
    if isMalformed { throw .malformed(row: row + 1) }
  }
}

extension Span<UInt8> {
  /// The position behind the last newline; 0 if there is none.
  fileprivate var endOfLastLine: Int {
    var end = count
    while end > 0, self[end - 1] != newline { end -= 1 }
    return end
  }

  /// The position behind the first newline, or `count` if there is none.
  fileprivate var endOfFirstLine: Int {
    var end = 0
    while end < count {
      end += 1
      if self[end - 1] == newline { break }
    }
    return end
  }
}
