// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import Testing

@Suite struct JSONRendererTests {
  private func written(_ content: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    content(&json)
    return String(decoding: json.text.bytes, as: UTF8.self)
  }

  @Test("values are separated, and nested values begin anew")
  func values() {
    let text = written { json in
      json.object { json in
        json.field("a", 1)
        json.array("b") { json in
          json.value(true)
          json.object { _ in }
          json.null()
        }
        json.field("c", nil as String?)
        json.field("d", UInt64.max)
      }
      json.endLine()
      json.object { $0.field("e", word: "f") }
    }
    #expect(
      text == "{\"a\":1,\"b\":[true,{},null],\"c\":null,\"d\":18446744073709551615}\n{\"e\":\"f\"}")
  }

  @Test(
    "text is escaped, and what is not UTF-8 has the characters with its numbers",
    arguments: [
      ([0x61, 0x22, 0x5c], "a\\\"\\\\"), ([0x00, 0x0a, 0x7f], "\\u0000\\u000a\\u007f"),
      ([0xc3, 0xa9], "é"), ([0xc3], "\\u00c3"), ([0xff, 0x61], "\\u00ffa"),
      ([0xed, 0xa0, 0x80], "\\u00ed\\u00a0\\u0080"), ([0xf0, 0x9f, 0x98, 0x80], "😀"),
      ([0xc0, 0xaf], "\\u00c0\\u00af"), ([0xe2, 0x82], "\\u00e2\\u0082"),
    ] as [([UInt8], String)])
  func escapes(_ bytes: [UInt8], _ expected: String) {
    #expect(written { $0.value(ByteString(bytes)) } == "\"\(expected)\"")
  }

  @Test("a drained server says since when, as long as it has no weight")
  func drained() throws {
    let web = ServiceIdentity.endpoint(.tcp, try #require(Endpoint("10.0.0.1:80")))
    let endpoint = try #require(Endpoint("10.1.0.2:80"))
    let drained = DrainedServer(
      name: ServerIdentity(endpoint, of: web), weight: .one, since: 1_795_995_127)
    let renderer = JSONRenderer(source: JSONRenderer.Source("kernel"), drained: [drained])
    for (weight, expected) in [
      (Weight.quiesced, "\"draining\":{\"weight\":1,\"since\":1795995127}"),
      (.one, "\"draining\":null"),
    ] {
      let service = ListedService(
        VirtualService(web), servers: [ListedServer(RealServer(endpoint, weight: weight))])
      var text = TextBuffer()
      renderer.append(.service(service), to: &text)
      #expect(String(decoding: text.bytes, as: UTF8.self).contains(expected))
    }
  }

  @Test("a connection is a document on its own line")
  func connections() throws {
    let rows =
      "TCP C0000264 C082 C000020A 0050 0A00000E 1F90 ESTABLISHED     898\n"
      + "UDP C0000264 0000 C000020A 13C4 0A00000E 13C4 NONE             59 sip a\u{1}b\n"
      + "TCP C0000264 0000 C000020A 0014 0A00000E 0015 LISTEN          119\n"
    var reader = ConnectionReader(hasTitles: false)
    var text = TextBuffer()
    let renderer = JSONRenderer(source: JSONRenderer.Source("kernel"))
    let bytes = Array(rows.utf8)
    try reader.feed(bytes.span, into: &text) { renderer.append(&$0, in: $1, to: &$2) }
    let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0]
        == "{\"protocol\":\"tcp\",\"state\":\"established\",\"expires\":898,\"template\":false,"
        + "\"client\":{\"address\":\"192.0.2.100\",\"port\":49282},"
        + "\"virtual\":{\"address\":\"192.0.2.10\",\"port\":80},"
        + "\"server\":{\"address\":\"10.0.0.14\",\"port\":8080},\"pe\":null}")
    #expect(lines[1].contains("\"template\":true"))
    #expect(lines[1].hasSuffix("\"pe\":{\"name\":\"sip\",\"data\":\"a\\u0001b\"}}"))
    #expect(lines[2].contains("\"template\":false"), "a connection that FTP awaits")
  }

  /// Documents of the rows of a text, in batches or row by row.
  private func documents(_ rows: String, byRow: Bool) throws -> String {
    let renderer = JSONRenderer(source: JSONRenderer.Source("kernel"))
    var output = TextBuffer()
    var reader = ConnectionReader(hasTitles: false)
    let bytes = Array(rows.utf8)
    try reader.feed(bytes.span, into: &output) { rows, text, output in
      guard byRow else { return renderer.append(&rows, in: text, to: &output) }
      while let row = rows.next(in: text) { renderer.append(row, in: text, to: &output) }
    }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  @Test("many connections at a time are the documents of each, whatever their words are")
  func rows() throws {
    let plain = "TCP 0A630001 9C41 CB006767 0050 AC100002 1F90 ESTABLISHED     899\n"
    let others = """
      UDP 2001:0db8:0000:0000:0000:0000:0000:0001 9C41 \
      2001:0db8:0000:0000:0000:0000:0000:0002 0050 \
      2001:0db8:0000:0000:0000:0000:0000:0003 1F90 UDP               3
      IP  0A630001 0000 00000001 0000 AC100002 0000 NONE             60
      T"P 0A630001 9C41 CB006767 0050 AC100002 1F90 FIN\u{e9}            0
      UDP 0A630001 13C4 CB006767 13C4 AC100002 13C4 UDP             180 sip abc"def@10.0.0.1
      SCTP 0A630001 FFFF CB006767 0050 AC100002 1F90 SHUTDOWN_ACK_SENT 18446744073709551
      X   0A630001 9C41 CB006767 0050 AC100002 1F90 ERR!              1

      """
    let rows = plain + others + String(repeating: plain, count: 100) + others
    let documents = try documents(rows, byRow: false)
    #expect(documents == (try self.documents(rows, byRow: true)))
    #expect(documents.split(separator: "\n").count == 113)
    let first = documents.prefix { $0 != "\n" }
    #expect(
      first == """
        {"protocol":"tcp","state":"established","expires":899,"template":false,\
        "client":{"address":"10.99.0.1","port":40001},\
        "virtual":{"address":"203.0.103.103","port":80},\
        "server":{"address":"172.16.0.2","port":8080},"pe":null}
        """)
  }

  @Test("a long table is printed in pieces, which are the document")
  func pieces() throws {
    let web = ServiceIdentity.endpoint(.tcp, try #require(Endpoint("10.0.0.1:80")))
    let servers = (0..<1000).map { number in
      ListedServer(RealServer(Endpoint(.v4(IPv4Address(0x0a01_0000 + number)), port: 80)))
    }
    let report = Report.table(
      Snapshot(
        kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096),
        services: [ListedService(VirtualService(web), servers: servers)]))
    let renderer = JSONRenderer(source: JSONRenderer.Source("kernel"))
    var whole = TextBuffer()
    renderer.append(report, to: &whole)
    var pieces: [[UInt8]] = []
    renderer.print(report) { pieces.append($0.bytes) }
    #expect(pieces.count > 3 && pieces.allSatisfy { $0.count < 70_000 })
    #expect(Array(pieces.joined()) == whole.bytes)
  }
}
