// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSNames
import IPVSText
import TestSupport
import Testing

/// The text that a renderer makes of rows of connections.
struct ConnectionText<Renderer: ListingRenderer> {
  private let renderer: Renderer
  private var reader: ConnectionReader
  private(set) var text = TextBuffer()

  init(_ renderer: Renderer, hasTitles: Bool = true) {
    self.renderer = renderer
    reader = ConnectionReader(hasTitles: hasTitles)
  }

  mutating func feed(_ bytes: Span<UInt8>) throws(ConnectionReaderError) {
    if text.count == 0 { renderer.appendConnectionTitles(to: &text) }
    let renderer = renderer
    try reader.feed(bytes, into: &text) { renderer.append(&$0, in: $1, to: &$2) }
  }

  mutating func finish() throws(ConnectionReaderError) {
    let renderer = renderer
    try reader.finish(into: &text) { renderer.append(&$0, in: $1, to: &$2) }
  }
}

/// A second format: the same values, printed one connection after the other.
struct PlainRenderer: ListingRenderer {
  func append(_ report: Report, to output: inout TextBuffer) {}

  func appendConnectionTitles(to output: inout TextBuffer) {}

  func append(_ connection: ConnectionRow, in text: Span<UInt8>, to output: inout TextBuffer) {
    output.append(copying: text.extracting(connection.transport))
    for end in [connection.client, connection.service, connection.server] {
      output.append(",")
      output.append(end)
    }
    output.append(",")
    output.append(copying: text.extracting(connection.state))
    output.append(",")
    output.append(connection.seconds)
    if let engine = connection.engine {
      output.append(",")
      output.append(copying: text.extracting(engine.name))
      output.append(",")
      output.append(copying: text.extracting(engine.data))
    }
    output.append("\n")
  }
}

@Suite struct ConnectionListingTests {
  static let titles = "IPVS connection entries\n"
  static let columns =
    "pro expire state       source             virtual            destination\n"
  static let heading =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

  /// What the kernel had when the recording was made.
  static let recorded =
    heading + """
      TCP 0A630001 9C41 0A630064 0050 0A63000A 1F90 ESTABLISHED     897
      TCP 0A630001 9C42 0A630064 0051 0A63000A 1F90 ESTABLISHED     897
      TCP fd99:0000:0000:0000:0000:0000:0000:0001 0000 fd99:0000:0000:0000:0000:0000:0000:0100 0050 fd99:0000:0000:0000:0000:0000:0000:0010 1F90 ASSURED          87
      TCP 0A630000 0000 0A630064 0052 0A63000A 1F90 ASSURED          57
      TCP 0A630001 0000 0A630064 0051 0A63000A 1F90 ASSURED          57
      TCP fd99:0000:0000:0000:0000:0000:0000:0001 9C45 fd99:0000:0000:0000:0000:0000:0000:0100 0050 fd99:0000:0000:0000:0000:0000:0000:0010 1F90 ESTABLISHED     897
      TCP 0A630001 9C44 0A630064 0050 0A63000A 1F90 CLOSE_WAIT       57
      UDP 0A630001 9C47 0A630064 13C4 0A63000A 13C4 UDP             297
      UDP 0A630001 9C46 0A630064 2328 0A63000A 2328 UDP             297
      TCP 0A630001 9C43 0A630064 0052 0A63000A 1F90 ESTABLISHED     897
      UDP 0A630001 0000 0A630064 13C4 0A63000A 13C4 NONE             67 sip callid-12345@10.99.0.1

      """

  static let names = FileNames(
    hosts: "10.99.0.1 client.example.test\n10.99.0.100 vip99.example.test\n",
    services: "http 80/tcp\nhttp-alt 8080/tcp\nsip 5060/udp\nm3ua 2905/sctp\n")

  /// Feeds `text` in chunks of `length` bytes.
  private func convert(
    _ text: [UInt8], persistence: Bool = false, names: FileNames? = nil,
    chunks length: Int = .max
  ) throws(ConnectionReaderError) -> String {
    var listing = ConnectionText(TextRenderer(persistence: persistence, names: names))
    var start = 0
    while start < text.count {
      let end = start + min(length, text.count - start)
      try listing.feed(text.span.extracting(start..<end))
      start = end
    }
    try listing.finish()
    return listing.text.description
  }

  private func convert(_ text: String) throws(ConnectionReaderError) -> String {
    try convert(Array(text.utf8))
  }

  @Test(
    "connections are listed as recorded",
    arguments: [
      ("-Lnc", false, nil), ("-Lc", false, names), ("-Lnc --persistent-conn", true, nil),
    ] as [(String, Bool, FileNames?)])
  func recording(words: String, persistence: Bool, names: FileNames?) throws {
    let expected = try #require(try CommandRecordings.load().output(of: "live-connections", words))
    let bytes = Array(Self.recorded.utf8)
    #expect(try convert(bytes, persistence: persistence, names: names) == expected)
  }

  @Test("rows that are split anywhere, and pieces of any size, give the same listing")
  func chunks() throws {
    let bytes = Array(Self.recorded.utf8)
    let whole = try convert(bytes, persistence: true)
    for length in 1...bytes.count {
      #expect(try convert(bytes, persistence: true, chunks: length) == whole, "\(length) bytes")
    }
    for split in 1..<bytes.count {
      var listing = ConnectionText(TextRenderer(persistence: true))
      try listing.feed(bytes.span.extracting(..<split))
      try listing.feed(bytes.span.extracting(split...))
      try listing.finish()
      #expect(listing.text.description == whole, "split at \(split)")
    }
  }

  @Test("the rows of an engine have no titles above them")
  func withoutTitles() throws {
    let lines = Array(Self.recorded.utf8)
    var listing = ConnectionText(TextRenderer(persistence: true), hasTitles: false)
    try listing.finish()
    #expect(listing.text.count == 0)
    try listing.feed(Array(Self.recorded.dropFirst(Self.heading.count).utf8).span)
    #expect(listing.text.description == (try convert(lines, persistence: true)))
  }

  @Test("every format gets the values of every row, at any size of pieces")
  func otherFormat() throws {
    let bytes = Array(Self.recorded.utf8)
    for length in [1, 100, bytes.count] {
      var listing = ConnectionText(PlainRenderer())
      for start in stride(from: 0, to: bytes.count, by: length) {
        try listing.feed(bytes.span.extracting(start..<min(start + length, bytes.count)))
      }
      try listing.finish()
      let lines = listing.text.description.split(separator: "\n")
      #expect(lines.count == 11)
      #expect(lines.first == "TCP,10.99.0.1:40001,10.99.0.100:80,10.99.0.10:8080,ESTABLISHED,897")
      #expect(lines[2] == "TCP,[fd99::1]:0,[fd99::100]:80,[fd99::10]:8080,ASSURED,87")
      #expect(
        lines.last
          == "UDP,10.99.0.1:0,10.99.0.100:5060,10.99.0.10:5060,NONE,67,sip,callid-12345@10.99.0.1")
    }
  }

  static let rows: [(String, String)] = [
    // wider than their columns
    (
      "SCTP FFFFFFFF FFFF FFFFFFFF FFFF FFFFFFFF FFFF SHUTDOWN_ACK_SENT  6000",
      "SCTP 100:00 SHUTDOWN_ACK_SENT 255.255.255.255:65535 255.255.255.255:65535 255.255.255.255:65535"
    ),
    // of ICMP, and with nothing but zeros
    (
      "IP  00000000 0000 00000000 0000 00000000 0000 NONE              0",
      "IP  00:00  NONE        0.0.0.0:0          0.0.0.0:0          0.0.0.0:0"
    ),
    // lower case, tabs, blanks anywhere
    (
      " \tUDP\t0a630001\t0009 0a630064  000a\u{b}0a63000a 0064\u{c}UDP 59\r",
      "UDP 00:59  UDP         10.99.0.1:9        10.99.0.100:10     10.99.0.10:100"
    ),
    // a real server of the other family, through a tunnel
    (
      "TCP 0A630001 03E7 0A630064 03E8 fd99:0000:0000:0000:0000:0000:0000:000a 2710 CLOSE 3599",
      "TCP 59:59  CLOSE       10.99.0.1:999      10.99.0.100:1000   [fd99::a]:10000"
    ),
    // any other form of IPv6
    (
      "TCP ::1 0001 ::ffff:1.2.3.4 0002 1:2:3:4:5:6:7:8 0003 CLOSE 1",
      "TCP 00:01  CLOSE       [::1]:1            [::ffff:1.2.3.4]:2 [1:2:3:4:5:6:7:8]:3"
    ),
    // an engine without data is none
    (
      "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1 sip",
      "TCP 00:01  CLOSE       10.99.0.1:1        10.99.0.100:2      10.99.0.10:3"
    ),
    // words after the data
    (
      "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1 sip\ta\u{1}b c d",
      "TCP 00:01  CLOSE       10.99.0.1:1        10.99.0.100:2      10.99.0.10:3     sip                a\u{1}b"
    ),
    // days
    (
      "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 ASSURED 2678400",
      "TCP 44640:00 ASSURED     10.99.0.1:1        10.99.0.100:2      10.99.0.10:3"
    ),
  ]

  @Test("a row is listed", arguments: rows)
  func row(input: String, expected: String) throws {
    let listing = try convert(Array((Self.heading + input + "\n").utf8), persistence: true)
    #expect(listing.split(separator: "\n").last.map(String.init) == expected)
  }

  @Test("words of any length are listed whole", arguments: [11, 12, 16, 17, 300, 8192, 20_000])
  func longWords(length: Int) throws {
    let word = String(repeating: "w", count: length)
    let six = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    let ends = "\(six) FFFF \(six) FFFF \(six) FFFF"
    let row = "\(word) \(ends) \(word) 1234567890123456789 \(word) \(word)\n"
    let short = "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1\n"
    let end = "[\(six)]:65535"
    let wide = "\(word) 20576131502057613:09 \(word) \(end) \(end) \(end)"
    let engine = word.count < 18 ? word + String(repeating: " ", count: 18 - word.count) : word
    let line = "TCP 00:01  CLOSE       10.99.0.1:1        10.99.0.100:2      10.99.0.10:3"
    let text = Self.heading + short + row + short
    #expect(
      try convert(Array(text.utf8), persistence: true).split(separator: "\n").dropFirst(2)
        == [Substring(line), Substring("\(wide) \(engine) \(word)"), Substring(line)])
  }

  @Test("the last row may lack its newline, and the titles may be anything")
  func ends() throws {
    let row = "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1"
    let line = "TCP 00:01  CLOSE       10.99.0.1:1        10.99.0.100:2      10.99.0.10:3\n"
    #expect(try convert("x\n" + row) == Self.titles + Self.columns + line)
    #expect(try convert("\n" + row + "\n" + row) == Self.titles + Self.columns + line + line)
    #expect(try convert("no newline") == Self.titles + Self.columns)
    #expect(try convert(Self.heading) == Self.titles + Self.columns)
    #expect(
      try convert(String(repeating: "x", count: 3_000_000) + "\n" + row)
        == Self.titles + Self.columns + line)
  }

  @Test("an empty file is an error, and prints nothing")
  func empty() {
    var listing = ConnectionText(TextRenderer())
    #expect(throws: ConnectionReaderError.empty) { try listing.finish() }
    #expect(listing.text.count == 0)
  }

  static let malformedRows = [
    "", " ", "TCP", "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE",
    "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE x",
    "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1x",
    "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE -1",
    "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 99999999999999999999",
    "TCP 0A63000G 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A63000 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A6300011 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A630001 001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A630001 00001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A630001 000@ 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP 0A630001 0001 0A630064 0002 10.99.0.10 0003 CLOSE 1",
    "TCP fd99:0000:0000:0000:0000:0000:0000:000g 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP fd99:0000:0000:0000:0000:0000:0000x0001 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "TCP fd99:0000:0000:0000:0000:0000:0000:00001 0001 0A630064 0002 0A63000A 0003 CLOSE 1",
    "@12345678@1.2.3.4 sip",
  ]

  @Test(
    "a malformed row is named, and the rows before it are complete", arguments: malformedRows)
  func malformed(row: String) {
    let good = "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1\n"
    let text = Array((Self.heading + good + good + row + "\n" + good).utf8)
    for length in [1, 7, 64, text.count] {
      var listing = ConnectionText(TextRenderer())
      #expect(throws: ConnectionReaderError.malformed(row: 3), "chunks of \(length)") {
        for start in stride(from: 0, to: text.count, by: length) {
          let end = min(start + length, text.count)
          try listing.feed(text.span.extracting(start..<end))
        }
      }
      let lines = listing.text.description.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 5 && lines[4].isEmpty && lines[2] == lines[3])
    }
  }

  @Test("every byte but a digit is refused where a digit must be")
  func digits() {
    let row = Array((Self.heading + "TCP 0A630001 0001 0A630064 0002 0A63000A 0003 CLOSE 1\n").utf8)
    let offset = Self.heading.utf8.count + 8
    for byte in UInt8.min...UInt8.max {
      var changed = row
      changed[offset] = byte
      let isDigit = Character(Unicode.Scalar(byte)).isHexDigit && byte < 0x80
      #expect(((try? convert(changed)) != nil) == isDigit, "\(byte)")
    }
  }

  @Test(
    "a Call-ID of any length is listed whole (ipvsadm 1.31 crashes from 92 bytes on)",
    arguments: [91, 92, 93, 184, 185, 186, 255, 4096, 100_000, 1_000_000])
  func longData(length: Int) throws {
    let data = String(repeating: "call-id.", count: length / 8 + 1).prefix(length)
    let row = "UDP 0A630001 0000 0A630064 13C4 0A63000A 13C4 NONE             67 sip "
    let text = Self.heading + row + data + "\n" + row + "short\n"
    let head = "UDP 01:07  NONE        10.99.0.1:0        10.99.0.100:5060   10.99.0.10:5060"
    for chunk in [4096, 65536, .max] {
      let listing = try convert(Array(text.utf8), persistence: true, chunks: chunk)
      let lines = listing.split(separator: "\n").dropFirst(2).map(String.init)
      #expect(
        lines == ["\(head)  sip                \(data)", "\(head)  sip                short"])
    }
  }

  @Test("a row that does not end is refused before it takes all memory")
  func endless() throws {
    var listing = ConnectionText(TextRenderer())
    let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
    try listing.feed(Array(Self.heading.utf8).span)
    for _ in 0..<16 { try listing.feed(chunk.span) }
    #expect(throws: ConnectionReaderError.tooLong(row: 1, limit: 1 << 20)) {
      try listing.feed(chunk.span)
    }
  }

  @Test("random rows are printed with their values, at any size of pieces")
  func randomRows() throws {
    var random = Seed(for: "ConnectionListing")
    var text = Self.heading
    var expected = Self.titles + Self.columns
    for _ in 0..<2000 {
      let row = RandomConnection(using: &random)
      text += row.kernelRow
      expected += row.listedRow
    }
    let bytes = Array(text.utf8)
    for length in [1, 100, 4096, bytes.count] {
      #expect(try convert(bytes, chunks: length) == expected, "seed \(random.seed)")
    }
  }
}
