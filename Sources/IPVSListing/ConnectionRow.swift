// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSText

/// One connection: a row of /proc/net/ip_vs_conn (kernel: ip_vs_conn_seq_show).
///
/// A row has, between blanks: the protocol; address and port of client, service, and real server; the
/// state; the seconds until the connection expires; and, where a persistence engine made it, the name
/// and the data of that engine. Words are ranges of the text that was read, so that a row costs no
/// memory of its own.
package struct ConnectionRow {
  /// The words of a persistence engine.
  package typealias Engine = (name: Range<Int>, data: Range<Int>)

  /// The name of the protocol: `TCP`, `UDP`, `SCTP`, `IP`.
  package let transport: Range<Int>

  package let client: Endpoint
  package let service: Endpoint
  package let server: Endpoint

  /// The name of the state, such as `ESTABLISHED`.
  package let state: Range<Int>

  /// The time to expiry.
  package let seconds: UInt64

  /// Nil unless the row has both name and data.
  package let engine: Engine?

  /// Reads the row at `position`, which moves past its newline.
  ///
  /// Nil if a word is missing or is not what it must be. `text` must end in a newline.
  @inline(__always)
  fileprivate init?(_ text: Span<UInt8>, at position: inout Int) {
    transport = text.word(at: &position)
    guard let client = text.endpoint(at: &position),
      let service = text.endpoint(at: &position),
      let server = text.endpoint(at: &position)
    else { return nil }
    self.client = client
    self.service = service
    self.server = server
    state = text.word(at: &position)
    guard let seconds = text.decimal(at: &position) else { return nil }
    self.seconds = seconds
    engine = text[position] == newline ? nil : text.engine(at: &position)
    position += 1
  }
}

extension ConnectionRow {
  /// Whether the row is a template of persistence, which is for all ports of a client. The connection that a
  /// helper such as that of FTP awaits has no port of a client yet either, and a state of its transport.
  ///
  /// - Parameter text: The text that the row was read from.
  package func isTemplate(in text: Span<UInt8>) -> Bool {
    guard client.port == 0 else { return false }
    let state = text.extracting(state)
    return state.equals("NONE") || state.equals("ASSURED")
  }
}

extension Span<UInt8> {
  /// A copy of the word in a range.
  package func word(_ range: Range<Int>) -> ByteString {
    ByteString(extracting(range).withUnsafeBufferPointer { Array($0) })
  }
}

/// A batch of connections: takes one row after the other from a text of whole lines.
package struct ConnectionRows {
  /// How many rows were taken.
  private(set) var count = 0

  /// Whether the next row is not that of a connection, which ends the batch.
  private(set) var isMalformed = false

  /// The offset of the next row.
  private var position = 0

  /// The next connection; nil at the end of the text, and where a row is not that of a connection.
  ///
  /// - Parameter text: the same text in each call.
  @inline(__always)
  package mutating func next(in text: Span<UInt8>) -> ConnectionRow? {
    guard position < text.count, !isMalformed else { return nil }
    var end = position
    guard let row = ConnectionRow(text, at: &end) else {
      isMalformed = true
      return nil
    }
    position = end
    count += 1
    return row
  }
}

extension Span<UInt8> {
  /// The word at or after `position`, which moves past it; empty if the row ends first.
  @inline(__always)
  fileprivate func word(at position: inout Int) -> Range<Int> {
    let start = endOfBlanks(from: position)
    position = endOfWord(from: start)
    return start..<position
  }

  /// The word as a decimal number.
  @inline(__always)
  fileprivate func decimal(at position: inout Int) -> UInt64? {
    position = endOfBlanks(from: position)
    let start = position
    var number: UInt64 = 0
    while case let digit = self[position] &- UInt8(ascii: "0"), digit < 10 {
      number = number &* 10 &+ UInt64(digit)
      position += 1
    }
    guard (1...19).contains(position - start), isSpace(self[position]) else { return nil }
    return number
  }

  /// Name and data of an engine; the rest of the row is skipped.
  fileprivate func engine(at position: inout Int) -> ConnectionRow.Engine? {
    let name = word(at: &position)
    let data = word(at: &position)
    while self[position] != newline { position += 1 }
    return data.isEmpty ? nil : (name, data)
  }

  /// Two words: an address, of IPv4 as eight hexadecimal digits, of IPv6 with colons; and a port,
  /// four hexadecimal digits.
  @inline(__always)
  fileprivate func endpoint(at position: inout Int) -> Endpoint? {
    position = endOfBlanks(from: position)
    // `0A630001 9C41 `: nearly all rows have all their words exactly so.
    if count - position > 16, self[position + 8] == blank, self[position + 13] == blank,
      let bits = hexadecimal(eightDigits(at: position)),
      let port = hexadecimal(fourDigits(at: position + 9))
    {
      position += 13
      return Endpoint(.v4(IPv4Address(bits)), port: UInt16(truncatingIfNeeded: port))
    }
    return anyEndpoint(at: &position)
  }

  private func anyEndpoint(at position: inout Int) -> Endpoint? {
    let address = word(at: &position)
    let port = word(at: &position)
    guard port.count == 4, let number = hexadecimal(fourDigits(at: port.lowerBound)) else {
      return nil
    }
    let port16 = UInt16(truncatingIfNeeded: number)
    if address.count == 8 {
      guard let bits = hexadecimal(eightDigits(at: address.lowerBound)) else { return nil }
      return Endpoint(.v4(IPv4Address(bits)), port: port16)
    }
    guard let address = ipv6(address) else { return nil }
    return Endpoint(.v6(address), port: port16)
  }

  /// All eight groups of four digits, as the kernel writes them (`%pI6`), or any other text form.
  private func ipv6(_ word: Range<Int>) -> IPv6Address? {
    guard word.count == 39 else { return IPv6Address(ByteString(word.map { self[$0] })) }
    var bits: UInt128 = 0
    for start in stride(from: word.lowerBound, to: word.upperBound, by: 5) {
      guard let group = hexadecimal(fourDigits(at: start)),
        start + 4 == word.upperBound || self[start + 4] == UInt8(ascii: ":")
      else { return nil }
      bits = bits << 16 | UInt128(group)
    }
    return IPv6Address(bits)
  }
}
