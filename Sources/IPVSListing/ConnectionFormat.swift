// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSText

/// The text of connections, in the columns of `ipvsadm --list --connection`.
struct ConnectionFormat: ConnectionRowFormat {
  let persistence: Bool
  let text: EndpointText

  /// Appends the two lines above the rows.
  func appendTitles(to output: inout TextBuffer) {
    output.append("IPVS connection entries\n")
    output.append("pro expire state       source             virtual            destination")
    // In 1.31 the columns of the engine's name and of the real server are exchanged in the titles.
    output.append(persistence ? "        pe name          pe_data\n" : "\n")
  }

  /// Writes the row of `connection`, whose words are in `bytes`, over blanks from `begin`, and
  /// returns the offset after it. Needs `room(for: connection)` bytes, and leaves blanks in those
  /// after the row.
  ///
  /// Each column begins where the titles say or, if the one before is too wide, one blank after it.
  @inline(__always)
  func write(
    _ connection: ConnectionRow, of bytes: Span<UInt8>, to lines: inout MutableRawSpan,
    at begin: Int
  ) -> Int? {
    let transport = text.isNumeric ? nil : bytes.transport(connection.transport)
    var start = begin
    var end = lines.write(connection.transport, of: bytes, at: start)
    start = max(end, start + 3) + 1
    end = lines.writeMinutes(connection.seconds, at: start)
    start = max(end, start + 6) + 1
    end = lines.write(connection.state, of: bytes, at: start)
    start = max(end, start + 11) + 1
    end = text.write(connection.client, over: transport, to: &lines, at: start)
    start = max(end, start + 18) + 1
    end = text.write(connection.service, over: transport, to: &lines, at: start)
    start = max(end, start + 18) + 1
    end = text.write(connection.server, over: transport, to: &lines, at: start)
    if persistence, let engine = connection.engine {
      start = max(end, start + 16) + 1
      end = lines.write(engine.name, of: bytes, at: start)
      start = max(end, start + 18) + 1
      end = lines.write(engine.data, of: bytes, at: start)
    }
    return lines.write(byte: newline, at: end)
  }

  /// An upper bound for the bytes of a row: words, numbers, the blanks between columns, and the slack
  /// of the last word.
  @inline(__always)
  func room(for connection: ConnectionRow) -> Int {
    let numbersAndColumns = 256 + MutableRawSpan.wordSlack
    let words = connection.transport.count + connection.state.count
    guard let engine = connection.engine else { return numbersAndColumns + words }
    return numbersAndColumns + words + engine.name.count + engine.data.count + 32
  }
}

extension MutableRawSpan {
  /// Writes `MM:SS` from `start`, and returns the offset after it; minutes may exceed 99.
  @inline(__always)
  fileprivate mutating func writeMinutes(_ seconds: UInt64, at start: Int) -> Int {
    let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
    var end = start
    if minutes < 100 {
      end = writeTwoDigits(minutes, at: start)
    } else {
      end = writeDecimal(minutes, at: start)
    }
    end = write(byte: UInt8(ascii: ":"), at: end)
    return writeTwoDigits(rest, at: end)
  }

  @inline(__always)
  private mutating func writeTwoDigits(_ number: UInt64, at start: Int) -> Int {
    let number = UInt8(truncatingIfNeeded: number)
    write(byte: UInt8(ascii: "0") + number / 10, at: start)
    return write(byte: UInt8(ascii: "0") + number % 10, at: start + 1)
  }
}

extension Span<UInt8> {
  /// The protocol that a word names, if its ports have names. 1.31 prints those of SCTP as numbers.
  fileprivate func transport(_ word: Range<Int>) -> TransportProtocol? {
    transportsByName[ByteString(word.map { self[$0] })]
  }
}

private let transportsByName: [ByteString: TransportProtocol] = ["TCP": .tcp, "UDP": .udp]
