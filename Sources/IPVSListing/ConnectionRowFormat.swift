// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// How the row of a connection is written over memory.
protocol ConnectionRowFormat {
  /// An upper bound for the bytes of a row.
  func room(for connection: ConnectionRow) -> Int

  /// Writes the row of `connection`, whose words are in `bytes`, over `room(for: connection)` bytes from
  /// `begin`, and returns the offset after it; nil where the format cannot write it.
  func write(
    _ connection: ConnectionRow, of bytes: Span<UInt8>, to lines: inout MutableRawSpan,
    at begin: Int
  ) -> Int?
}

/// The bytes of rows that are appended at a time: to append each row costs as much as to fill it.
private let blockLength = 8192

extension TextBuffer {
  /// Appends rows, up to the first that the format cannot write, which is left in `rows`.
  @inline(__always)
  mutating func append<Format: ConnectionRowFormat>(
    _ rows: inout ConnectionRows, in text: Span<UInt8>, as format: Format
  ) {
    var room = blockLength
    var isFull = true
    while isFull {
      isFull = false
      append(atMost: room) { lines in
        var taken = rows
        var next = taken
        var end = 0
        var isLeft = false
        while let connection = next.next(in: text) {
          let needed = format.room(for: connection)
          guard end + needed <= lines.byteCount else {
            room = max(needed, blockLength)
            isFull = true
            break
          }
          guard let newEnd = format.write(connection, of: text, to: &lines, at: end) else {
            isLeft = true
            break
          }
          end = newEnd
          taken = next
        }
        rows = isFull || isLeft ? taken : next
        return end
      }
    }
  }
}
