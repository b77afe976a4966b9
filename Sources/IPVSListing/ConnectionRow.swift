import IPVSAddresses
import IPVSText

/// One row of /proc/net/ip_vs_conn (kernel: ip_vs_conn_seq_show): words with blanks between them.
///
/// Protocol, then address and port of client, service, and real server, then state, seconds until the
/// connection expires, and, where a persistence engine made it, the engine's name and its data.
/// Texts are positions in the bytes that were read.
struct ConnectionRow {
  /// From the first byte to behind the last.
  typealias Word = (start: Int, end: Int)

  let transport: Word
  let client: Endpoint
  let service: Endpoint
  let server: Endpoint
  let state: Word
  let seconds: UInt64

  /// Name and data. Nil unless there are both.
  let engine: (name: Word, data: Word)?

  /// Reads the row at `position`, and moves that behind its newline.
  ///
  /// Nil if a word is missing or is not what it must be. `bytes` must end in a newline.
  init?(_ bytes: Span<UInt8>, at position: inout Int) {
    transport = bytes.word(at: &position)
    guard let client = bytes.endpoint(at: &position),
      let service = bytes.endpoint(at: &position),
      let server = bytes.endpoint(at: &position)
    else { return nil }
    self.client = client
    self.service = service
    self.server = server
    state = bytes.word(at: &position)
    guard let seconds = bytes.decimal(at: &position) else { return nil }
    self.seconds = seconds
    if bytes[position] != newline {
      let name = bytes.word(at: &position)
      let data = bytes.word(at: &position)
      engine = data.start < data.end ? (name, data) : nil
      while bytes[position] != newline { position += 1 }
    } else {
      engine = nil
    }
    position += 1
  }
}

/// Whether a byte is what C's isspace(3) says, without the newline, which ends a row.
@inline(__always)
private func isBlank(_ byte: UInt8) -> Bool {
  byte == blank || (byte &- 9 < 5 && byte != newline)
}

extension Span<UInt8> {
  /// The word at or behind `position`, which moves behind it; empty if the row ends first.
  @inline(__always)
  fileprivate func word(at position: inout Int) -> ConnectionRow.Word {
    while isBlank(self[position]) { position += 1 }
    let start = position
    while self[position] > blank || !(isBlank(self[position]) || self[position] == newline) {
      position += 1
    }
    return (start, position)
  }

  /// The word as a decimal number.
  @inline(__always)
  fileprivate func decimal(at position: inout Int) -> UInt64? {
    let word = word(at: &position)
    guard word.end - word.start <= 19, word.start < word.end else { return nil }
    var number: UInt64 = 0
    for index in word.start..<word.end {
      let digit = self[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number &* 10 &+ UInt64(digit)
    }
    return number
  }

  /// Two words: an address, of IPv4 as eight hexadecimal digits, of IPv6 with colons; and a port,
  /// four hexadecimal digits.
  @inline(__always)
  fileprivate func endpoint(at position: inout Int) -> Endpoint? {
    let address = word(at: &position)
    let port = word(at: &position)
    guard port.end - port.start == 4, let number = hexadecimal(port) else { return nil }
    if address.end - address.start == 8, let bits = hexadecimal(address) {
      return Endpoint(.v4(IPv4Address(bits)), port: UInt16(truncatingIfNeeded: number))
    }
    guard let address = ipv6(address) else { return nil }
    return Endpoint(.v6(address), port: UInt16(truncatingIfNeeded: number))
  }

  /// At most eight hexadecimal digits.
  @inline(__always)
  private func hexadecimal(_ word: ConnectionRow.Word) -> UInt32? {
    var number: UInt32 = 0
    var faults: UInt8 = 0
    for index in word.start..<word.end {
      let digit = hexadecimalDigits[Int(self[index])]
      faults |= digit
      number = number << 4 | UInt32(digit & 0xf)
    }
    return faults < 16 ? number : nil
  }

  /// All eight groups of four digits, as the kernel writes them (`%pI6`), or any other text form.
  private func ipv6(_ word: ConnectionRow.Word) -> IPv6Address? {
    guard word.end - word.start == 39 else { return anyIPv6(word) }
    var bits: UInt128 = 0
    for start in stride(from: word.start, to: word.end, by: 5) {
      guard let group = hexadecimal((start, start + 4)) else { return anyIPv6(word) }
      guard start + 4 == word.end || self[start + 4] == UInt8(ascii: ":") else { return nil }
      bits = bits << 16 | UInt128(group)
    }
    return IPv6Address(bits)
  }

  private func anyIPv6(_ word: ConnectionRow.Word) -> IPv6Address? {
    IPv6Address(ByteString((word.start..<word.end).map { self[$0] }))
  }
}

/// The value of each byte as a hexadecimal digit; 0xff for what is none.
private let hexadecimalDigits: [UInt8] = (0...255).map { byte in
  switch UInt8(byte) {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(byte) - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt8(byte) - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt8(byte) - UInt8(ascii: "A") + 10
  default: 0xff
  }
}
