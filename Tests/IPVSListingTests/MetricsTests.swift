// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSAddresses
import IPVSRules
import IPVSText
import Testing

@testable import IPVSListing

/// The table as text for Prometheus, by values in and text out.
@Suite struct MetricsTests {
  private static let web = ServiceIdentity.endpoint(
    .tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80))
  private static let first = Endpoint(.v4(IPv4Address(0x0a01_0002)), port: 8080)
  private static let second = Endpoint(.v6(IPv6Address(0xfd << 120 | 3)), port: 65535)

  private static func report() -> MetricsReport {
    let counters = Statistics(
      totals: Traffic(
        connections: 1, inboundPackets: 2, outboundPackets: 3, inboundBytes: 4,
        outboundBytes: UInt64.max))
    let servers = [
      ListedServer(
        RealServer(second, forwarding: .tunneling, weight: .quiesced, lowerThreshold: 0)),
      ListedServer(
        RealServer(first, forwarding: .masquerading, upperThreshold: 5, lowerThreshold: 2),
        activeConnections: 3, inactiveConnections: 2, persistentConnections: 7,
        statistics: counters),
    ]
    let services = [
      ListedService(VirtualService(.mark(10, .ipv6))),
      ListedService(VirtualService(.mark(10, .ipv4))),
      ListedService(
        VirtualService(.endpoint(TransportProtocol(rawValue: 47), Endpoint("10.0.0.1:80")!))),
      ListedService(VirtualService(web, persistence: 60), statistics: counters, servers: servers),
    ]
    return MetricsReport(
      table: Snapshot(
        kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096), services: services),
      totals: Traffic(connections: 9), timeouts: Timeouts(tcp: 900, tcpFin: 120, udp: 300),
      daemons: [SyncDaemon(.master, syncID: 7)],
      drained: [
        DrainedServer(name: ServerIdentity(second, of: web), weight: .one, since: 1_795_995_127)
      ], lastApply: 1_795_995_000)
  }

  private func text(
    _ format: MetricsExposition.Format = .prometheus, hasServers: Bool = true,
    labels: [(name: StaticString, value: ByteString)] = [], atLeast length: Int = 256 << 10
  ) -> String {
    var metrics = MetricsExposition(
      Self.report(), format, hasServers: hasServers, labels: labels)
    var text = ""
    var piece = TextBuffer()
    while metrics.append(atLeast: length, to: &piece) {
      text += String(decoding: piece.bytes, as: UTF8.self)
      piece.removeAll()
    }
    return text
  }

  private func lines(_ text: String, of name: String) -> [String] {
    text.split(separator: "\n").map(String.init).filter { $0.contains(name) }
  }

  @Test("a counter of 64 bits, with the labels of node_exporter's collector")
  func backend() {
    let labels =
      "local_address=\"10.0.0.1\",local_mark=\"\",local_port=\"80\",proto=\"TCP\",remote_address="
    let remote = "\"10.1.0.2\",remote_port=\"8080\""
    #expect(
      lines(text(), of: "ipvs_backend_outgoing_bytes") == [
        "# HELP ipvs_backend_outgoing_bytes_total Bytes to clients that passed the director.",
        "# TYPE ipvs_backend_outgoing_bytes_total counter",
        "ipvs_backend_outgoing_bytes_total{\(labels)\(remote)} 18446744073709551615",
        "ipvs_backend_outgoing_bytes_total{\(labels)\"fd00::3\",remote_port=\"65535\"} 0",
      ])
    #expect(
      lines(text(), of: "ipvs_backend_info{") == [
        "ipvs_backend_info{\(labels)\(remote),forward=\"masq\",tunnel=\"\"} 1",
        "ipvs_backend_info{\(labels)\"fd00::3\",remote_port=\"65535\",forward=\"tunnel\","
          + "tunnel=\"ipip\"} 1",
      ])
  }

  @Test("marks have eight hexadecimal digits, and those of IPv6 another address")
  func marks() {
    let found = lines(text(), of: "ipvs_service_backends{")
    #expect(found.count == 4)
    #expect(found[1].contains("proto=\"IP_47\""))
    for (line, address) in [(found[2], ""), (found[3], "::")] {
      #expect(
        line == "ipvs_service_backends{local_address=\"\(address)\",local_mark=\"0000000A\","
          + "local_port=\"0\",proto=\"FWM\"} 0")
    }
  }

  @Test("what has no threshold, and was not drained, has no such series")
  func absent() {
    for (name, value) in [
      ("upper_threshold", 5), ("lower_threshold", 2), ("drain_timestamp_seconds", 1_795_995_127),
    ] {
      let found = lines(text(), of: "ipvs_backend_\(name){")
      #expect(found.count == 1 && found[0].hasSuffix(" \(value)"), "\(name)")
    }
  }

  @Test("usable is a server with weight that is below its upper threshold")
  func counts() {
    for (name, value) in [
      ("backends", 2), ("backends_usable", 0), ("backends_overloaded", 1), ("backends_draining", 1),
      ("backends_masquerading", 1), ("weight", 1), ("connections_active", 3),
      ("connections_persistent", 7), ("persistence_seconds", 60),
    ] {
      let found = lines(text(hasServers: false), of: "ipvs_service_\(name){").filter {
        $0.contains("proto=\"TCP\"")
      }
      #expect(found.count == 1 && found[0].hasSuffix("} \(value)"), "\(name): \(found)")
    }
  }

  @Test("OpenMetrics names families without the endings of samples, and tells units")
  func openMetrics() {
    let text = text(.openMetrics)
    #expect(text.hasSuffix("\n# EOF\n"))
    #expect(!text.contains(" series\n"))
    #expect(
      lines(text, of: "ipvs_incoming_bytes") == [
        "# HELP ipvs_incoming_bytes Bytes from clients, IP headers included.",
        "# TYPE ipvs_incoming_bytes counter", "# UNIT ipvs_incoming_bytes bytes",
        "ipvs_incoming_bytes_total 0",
      ])
    #expect(lines(text, of: "# TYPE ipvs ") == ["# TYPE ipvs info"])
    #expect(lines(text, of: "# UNIT ipvs_timeout_seconds").count == 1)
  }

  @Test("the last line counts the series, and pieces of any size make the same text")
  func pieces() {
    let whole = text()
    let series = whole.split(separator: "\n").count { !$0.hasPrefix("#") }
    // As ipvsadm(8) says: a daemon, 4 services, 2 servers, 2 thresholds, and one that is drained.
    #expect(series == 16 + 1 + 4 * 16 + 2 * 10 + 2 + 1)
    #expect(whole.hasSuffix("\n# \(series) series\n"))
    for length in [1, 100, 5000] { #expect(text(atLeast: length) == whole) }
    #expect(!text(hasServers: false).contains("ipvs_backend_"))
  }

  @Test("a piece is little longer than what was asked for, whatever the table")
  func bounded() {
    var metrics = MetricsExposition(Self.report(), .prometheus, hasServers: true)
    var piece = TextBuffer()
    var longest = 0
    while metrics.append(atLeast: 1, to: &piece) {
      longest = max(longest, piece.count)
      piece.removeAll()
    }
    #expect(longest < 1000)
  }

  @Test("labels of the whole are those of each series, escaped")
  func common() {
    let name: ByteString = "a\\b\"c\nd"
    let text = text(labels: [("netns", name)])
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      #expect(line.contains("netns=\"a\\\\b\\\"c\\nd\""), "\(line)")
    }
    #expect(text.contains("\nipvs_services{netns="))
    var label = TextBuffer()
    label.append("x", value: ByteString([0x61, 0xff, 0xc3, 0xa9]))
    #expect(String(decoding: label.bytes, as: UTF8.self) == ",x=\"a\u{fffd}é\"")
  }

  @Test("each name is there once, and the manual page has the same")
  func names() throws {
    let families =
      TableMetric.all.map(\.family) + ServiceMetric.all.map(\.family)
      + ServerMetric.all.map(\.family)
    let names = families.map { family in
      "\(family.name)\(family.kind == .counter ? "_total" : family.kind == .info ? "_info" : "")"
    }
    #expect(Set(names).count == names.count)
    let page = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../man/ipvsadm.8"), encoding: .utf8)
    let documented = page.matches(of: /^\.It Cm (ipvs_\w+)$/.anchorsMatchLineEndings())
      .map { String($0.1) }
    #expect(documented.sorted() == names.sorted())
  }

  @Test("the kernel's totals are five hexadecimal numbers in the third line")
  func totals() {
    let text = """
         Total Incoming Outgoing         Incoming         Outgoing
         Conns  Packets  Packets            Bytes            Bytes
             A       1F        0                1 FFFFFFFFFFFFFFFF

       Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
             0        0        0                0                0
      """
    #expect(
      Traffic(ofStatistics: Array(text.utf8))
        == Traffic(
          connections: 10, inboundPackets: 31, outboundPackets: 0, inboundBytes: 1,
          outboundBytes: .max))
    for wrong in ["", "a\nb\n1 2 3 4\n", "a\nb\n1 2 3 4 G\n", "a\nb\n1 2 3 4 5"] {
      #expect(Traffic(ofStatistics: Array(wrong.utf8)) == nil, "\(wrong)")
    }
  }
}
