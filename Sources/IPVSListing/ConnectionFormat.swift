import IPVSAddresses
import IPVSNames
import IPVSText

/// The columns of the listing of connections.
struct ConnectionFormat {
  let persistence: Bool
  let names: (any NameService)?

  /// Appends the two lines above the rows.
  func appendTitles(to output: inout TextBuffer) {
    output.append("IPVS connection entries\n")
    output.append("pro expire state       source             virtual            destination")
    // In 1.31 the columns of the engine's name and of the real server are exchanged in the titles.
    output.append(persistence ? "        pe name          pe_data\n" : "\n")
  }

  /// Appends the row of `connection`, whose words are in `bytes`.
  func append(_ connection: ConnectionRow, in bytes: Span<UInt8>, to output: inout TextBuffer) {
    let transport = connection.transport
    let isNamed = names != nil
    let namedTransport = isNamed ? bytes.transport(connection.transport) : nil
    output.left(3) { $0.append(copying: bytes.extracting(transport.start..<transport.end)) }
    output.append(byte: blank)
    output.left(6) { $0.appendMinutes(connection.seconds) }
    output.append(byte: blank)
    output.left(11) {
      $0.append(copying: bytes.extracting(connection.state.start..<connection.state.end))
    }
    output.append(byte: blank)
    let text = EndpointText(names: names)
    output.left(18) { text.appendCut(connection.client, over: namedTransport, to: &$0) }
    output.append(byte: blank)
    output.left(18) { text.appendCut(connection.service, over: namedTransport, to: &$0) }
    output.append(byte: blank)
    guard persistence, let engine = connection.engine else {
      text.appendCut(connection.server, over: namedTransport, to: &output)
      return output.append(byte: newline)
    }
    output.left(16) { text.appendCut(connection.server, over: namedTransport, to: &$0) }
    output.append(byte: blank)
    output.left(18) { $0.append(copying: bytes.extracting(engine.name.start..<engine.name.end)) }
    output.append(byte: blank)
    output.append(copying: bytes.extracting(engine.data.start..<engine.data.end))
    output.append(byte: newline)
  }
}

extension TextBuffer {
  /// Appends `MM:SS`; minutes go on behind 99.
  fileprivate mutating func appendMinutes(_ seconds: UInt64) {
    let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
    if minutes < 10 { append(byte: UInt8(ascii: "0")) }
    append(minutes)
    append(byte: UInt8(ascii: ":"))
    if rest < 10 { append(byte: UInt8(ascii: "0")) }
    append(rest)
  }
}

extension Span<UInt8> {
  /// The protocol that a word names, as far as its ports have names.
  fileprivate func transport(_ word: ConnectionRow.Word) -> TransportProtocol? {
    transportsByName[ByteString((word.start..<word.end).map { self[$0] })]
  }
}

private let transportsByName: [ByteString: TransportProtocol] = ["TCP": .tcp, "UDP": .udp]
