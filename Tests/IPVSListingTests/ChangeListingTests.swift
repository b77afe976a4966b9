// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import Testing

@Suite struct ChangeListingTests {
  private static let web = ServiceIdentity.endpoint(.tcp, Endpoint("192.0.2.10:80")!)

  private func server(_ number: Int, weight: Int = 1) -> ListedServer {
    ListedServer(
      RealServer(
        Endpoint("10.0.0.\(number):8080")!, forwarding: .masquerading, weight: Weight(weight)!),
      activeConnections: 112)
  }

  private func picture(
    _ services: [ListedService], tcp: UInt32 = 900, daemons: [SyncDaemon] = []
  ) -> Picture {
    Picture(
      table: Snapshot(
        kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096), services: services),
      timeouts: Timeouts(tcp: tcp, tcpFin: 120, udp: 300), daemons: daemons)
  }

  private func report() -> PlanReport {
    let old = picture(
      [
        ListedService(VirtualService(Self.web), servers: [server(1, weight: 30), server(2)]),
        ListedService(VirtualService(.mark(5, .ipv6)), servers: [server(3)]),
      ], daemons: [SyncDaemon(.master, syncID: 7)])
    let new = picture(
      [
        ListedService(
          VirtualService(Self.web, scheduler: KernelName("r\u{1b}r", atMost: 15)!, persistence: 60),
          servers: [server(1, weight: 40), server(4)]),
        ListedService(VirtualService(.mark(6, .ipv4), persistence: 300)),
      ], tcp: 1000)
    return PlanReport(Plan(from: old.rules, to: new.rules), picture: old)
  }

  @Test("each change is a line with its time, its object, and old and new values")
  func lines() {
    var text = TextBuffer()
    ChangeListing(isColored: false).append(report(), time: "2026-12-01 03:12:07", to: &text)
    let lines = text.description.split(separator: "\n").map(String.init)
    #expect(
      Set(lines)
        == [
          "2026-12-01 03:12:07  ~ timeouts  tcp 900 -> 1000",
          "2026-12-01 03:12:07  - sync daemon master on eth0, sync ID 7",
          "2026-12-01 03:12:07  ~ TCP 192.0.2.10:80  scheduler wlc -> r?r  persistence none -> 60",
          "2026-12-01 03:12:07  ~ TCP 192.0.2.10:80  10.0.0.1:8080  weight 30 -> 40",
          "2026-12-01 03:12:07  + TCP 192.0.2.10:80  10.0.0.4:8080  masq  weight 1",
          "2026-12-01 03:12:07  - TCP 192.0.2.10:80  10.0.0.2:8080  masq  weight 1"
            + "   (112 active connections)",
          "2026-12-01 03:12:07  - firewall mark 5, IPv6  10.0.0.3:8080  masq  weight 1",
          "2026-12-01 03:12:07  - firewall mark 5, IPv6 wlc   (112 active connections)",
          "2026-12-01 03:12:07  + firewall mark 6 wlc  persistence 300",
        ])
    #expect(lines.count == 9)
  }

  @Test("in colors, signs are told apart, and nothing else changes")
  func colors() {
    var text = TextBuffer()
    ChangeListing(isColored: true).append(report(), time: "03:12:07", to: &text)
    var plain = TextBuffer()
    ChangeListing(isColored: false).append(report(), time: "03:12:07", to: &plain)
    #expect(text.description.contains("03:12:07  \u{1b}[33m~ timeouts"))
    #expect(
      text.description.replacing(#/\x1b\[[0-9;]*m/#, with: "") == plain.description)
  }

  @Test("as JSON each change is a document")
  func documents() {
    var json = JSONWriter()
    json.documents(of: report(), time: 1_795_995_127)
    let lines = String(decoding: json.text.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == report().steps.count)
    #expect(
      lines.contains(
        """
        {"schema":1,"time":1795995127,"change":{"action":"edit","object":"server",\
        "service":"tcp 192.0.2.10:80","server":"10.0.0.1:8080","fields":{"weight":[30,40]},\
        "active_conns":null,"persistent_conns":null,\
        "command":"-e -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 40"}}
        """))
  }
}
