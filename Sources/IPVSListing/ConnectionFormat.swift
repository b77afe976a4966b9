import IPVSAddresses
import IPVSNames
import IPVSText

/// The columns of the listing of connections.
struct ConnectionFormat {
  let persistence: Bool
  let text: EndpointText

  /// Appends the two lines above the rows.
  func appendTitles(to output: inout TextBuffer) {
    output.append("IPVS connection entries\n")
    output.append("pro expire state       source             virtual            destination")
    // In 1.31 the columns of the engine's name and of the real server are exchanged in the titles.
    output.append(persistence ? "        pe name          pe_data\n" : "\n")
  }

  /// Appends the row of `connection`, whose words are in `bytes`.
  ///
  /// A row is written over blanks in one go, as there may be a million of them: each column begins
  /// where the titles say or, if the one before is too wide, one blank behind that.
  func append(_ connection: ConnectionRow, in bytes: Span<UInt8>, to output: inout TextBuffer) {
    let transport = text.isNumeric ? nil : bytes.transport(connection.transport)
    let engine = persistence ? connection.engine : nil
    output.append(atMost: room(for: connection, engine)) { line in
      var start = 0
      var end = line.write(connection.transport, of: bytes, at: start)
      start = max(end, start + 3) + 1
      end = line.writeMinutes(connection.seconds, at: start)
      start = max(end, start + 6) + 1
      end = line.write(connection.state, of: bytes, at: start)
      start = max(end, start + 11) + 1
      end = text.write(connection.client, over: transport, to: &line, at: start)
      start = max(end, start + 18) + 1
      end = text.write(connection.service, over: transport, to: &line, at: start)
      start = max(end, start + 18) + 1
      end = text.write(connection.server, over: transport, to: &line, at: start)
      if let engine {
        start = max(end, start + 16) + 1
        end = line.write(engine.name, of: bytes, at: start)
        start = max(end, start + 18) + 1
        end = line.write(engine.data, of: bytes, at: start)
      }
      return line.write(byte: newline, at: end)
    }
  }

  /// No less than the bytes of a row, with the blanks between columns and the newline.
  @inline(__always)
  private func room(
    for connection: ConnectionRow, _ engine: ConnectionRow.Engine?
  ) -> Int {
    let longestMinutes = 22
    var room = max(connection.transport.count, 3) + longestMinutes
    room += max(connection.state.count, 11) + text.room(for: connection.client)
    room += text.room(for: connection.service) + text.room(for: connection.server) + 6
    if let engine { room += max(engine.name.count, 18) + engine.data.count + 2 }
    return room + MutableRawSpan.wordSlack
  }
}

extension MutableRawSpan {
  /// Writes `MM:SS` from `start`, and returns the position behind it; minutes go on behind 99.
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
  /// The protocol that a word names, as far as its ports have names. 1.31 prints those of SCTP as
  /// numbers.
  fileprivate func transport(_ word: Range<Int>) -> TransportProtocol? {
    transportsByName[ByteString(word.map { self[$0] })]
  }
}

private let transportsByName: [ByteString: TransportProtocol] = ["TCP": .tcp, "UDP": .udp]
