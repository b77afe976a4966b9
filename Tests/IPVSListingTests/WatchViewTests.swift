// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText
import Testing

@testable import IPVSListing

/// Names that carry a terminal's controls.
private final class HostileNames: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] { [] }
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? { nil }
  func host(at address: IPAddress) -> ByteString? { ByteString("a\u{1b}]0;x\u{7}\u{9b}é\n") }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { "htt\rp" }
}

@Suite struct WatchViewTests {
  private static let gigabyte: UInt64 = 1_000_000_000

  /// The table of the manual page after two reads.
  private func screen(_ options: WatchView.Options) -> WatchScreen {
    var screen = WatchScreen(WatchView(options))
    for factor in [0, 1] as [UInt64] {
      func traffic(_ connections: UInt64, _ inbound: UInt64, _ outbound: UInt64) -> Traffic {
        Traffic(
          connections: connections * factor, inboundPackets: inbound * factor,
          outboundPackets: outbound * factor, inboundBytes: inbound * factor,
          outboundBytes: outbound * factor)
      }
      screen.take(
        [
          WatchedScene.service(
            WatchedScene.web,
            [
              WatchedScene.server(12, weight: 0, active: 80, traffic(0, 0, 0)),
              WatchedScene.server(
                11, weight: 10, upper: 40, active: 44, traffic(27, 240_000, 2_000_000)),
              WatchedScene.server(13, weight: 30, active: 1_234_567, traffic(1, 7, 1998)),
            ], traffic(240, 2_200_000, 19_600_000)),
          WatchedScene.service(.mark(5, .ipv6)),
        ], at: 1_000_000_000 + 2 * Self.gigabyte * factor)
    }
    let drained = ServerIdentity(Endpoint("10.0.0.12:8080")!, of: WatchedScene.web)
    screen.view.drained = [
      drained: DrainedServer(name: drained, weight: Weight(20)!, since: 0)
    ]
    return screen
  }

  private func options(
    names: (any NameService)? = nil, exact: Bool = false, isColored: Bool = false
  ) -> WatchView.Options {
    WatchView.Options(
      source: "kernel, netns lb", interval: 2, names: names, exact: exact, isColored: isColored)
  }

  private func text(_ lines: [TextBuffer]) -> String {
    lines.map(\.description).joined(separator: "\n")
  }

  @Test("a wide screen")
  func wide() {
    var screen = screen(options())
    #expect(
      text(screen.lines(rows: 10, columns: 110, time: "03:12:07"))
        == """
        ipvsadm  kernel, netns lb  03:12:07  every 2 s                                          q quit  s sort  ? keys
        SERVICE / SERVER  WEIGHT  SHARE  WANT  ACTIVE  CONN/S  IN B/S  OUT B/S
        TCP 192.0.2.10:80 wlc                    1.2M     120    1.1M     9.8M
          10.0.0.11:8080      10    96%   25%      44    13.5    120K     1.0M  full at 40
          10.0.0.12:8080       0     0%    0%      80       0       0        0  draining, was 20
          10.0.0.13:8080      30     4%   75%    1.2M     0.5       3      999
        FWM 5 IPv6 wlc                              0       0       0        0  no usable server


        2 services, 3 servers, 1 full
        """.replacing("13.5", with: "  14"))
  }

  @Test("a narrow screen goes without columns from the right, and cuts names at last")
  func narrow() {
    var screen = screen(options())
    func titles(_ columns: Int) -> String {
      screen.lines(rows: 9, columns: columns, time: "03:12:07")[1].description
    }
    #expect(titles(82) == "SERVICE / SERVER  WEIGHT  SHARE  WANT  ACTIVE  CONN/S  IN B/S  OUT B/S")
    #expect(titles(81) == "SERVICE / SERVER WEIGHT SHARE WANT ACTIVE CONN/S IN B/S OUT B/S")
    #expect(titles(73) == "SERVICE / SERVER WEIGHT SHARE WANT ACTIVE CONN/S IN B/S")
    #expect(titles(58) == "SERVICE / SERVER WEIGHT SHARE WANT ACTIVE")
    #expect(titles(50) == "SERVICE / SERVER WEIGHT SHARE ACTIVE")
    #expect(titles(45) == "SERVICE / SERVER WEIGHT ACTIVE")
    #expect(
      WatchNames.cut(Array("  server.example:8080".utf8), to: 16) == Array("  server.e..:8080".utf8)
        .prefix(9) + Array("..:8080".utf8))
  }

  @Test(
    "no line is wider than the screen, and there are as many as it has rows",
    arguments: [(1, 1), (2, 39), (3, 30), (4, 80), (5, 40), (6, 41), (24, 57), (24, 80), (60, 200)])
  func sizes(_ rows: Int, _ columns: Int) {
    var screen = screen(options())
    screen.notice = ByteString(String(repeating: "why ", count: 100))
    for isHelp in [false, true] {
      screen.isHelp = isHelp
      let lines = screen.lines(rows: rows, columns: columns, time: "03:12:07")
      #expect(lines.count == rows)
      #expect(lines.allSatisfy { $0.count <= columns }, "\(rows)x\(columns)\n\(text(lines))")
    }
    let shown = text(screen.lines(rows: rows, columns: columns, time: "03:12:07"))
    let isTooSmall = rows < WatchScreen.leastRows || columns < WatchScreen.leastColumns
    #expect(shown.contains("need") == (isTooSmall && columns > 10) || columns < 10)
  }

  @Test("no byte of a name reaches the terminal but printable ASCII")
  func hostileNames() {
    for isColored in [false, true] {
      var screen = screen(options(names: HostileNames(), isColored: isColored))
      screen.notice = "\u{1b}[2J\u{9b}"
      let lines = screen.lines(rows: 12, columns: 100, time: "03:12:07")
      let allowed = ["\u{1b}[1m", "\u{1b}[0m", "\u{1b}[33m", "\u{1b}[36m", "\u{1b}[1;31m"]
      for line in lines {
        var text = line.description
        if isColored { for code in allowed { text = text.replacing(code, with: "") } }
        #expect(text.utf8.allSatisfy { 0x20...0x7e ~= $0 }, "\(text.debugDescription)")
      }
      #expect(text(lines).contains("a?]0;x??????:htt?p"))
    }
  }

  @Test("colors add nothing but their own sequences")
  func colors() {
    var plain = screen(options())
    var colored = screen(options(isColored: true))
    let shown = text(colored.lines(rows: 12, columns: 100, time: "03:12:07"))
    #expect(shown.contains("\u{1b}[33mfull at 40\u{1b}[0m"))
    #expect(
      shown.replacing(#/\x1b\[[0-9;]*m/#, with: "")
        == text(plain.lines(rows: 12, columns: 100, time: "03:12:07")))
  }

  @Test("exact numbers have all digits")
  func exact() {
    var screen = screen(options(exact: true))
    let lines = screen.lines(rows: 12, columns: 120, time: "03:12:07").map(\.description)
    #expect(lines[2].split(separator: " ").suffix(4) == ["1234691", "120", "1100000", "9800000"])
  }

  @Test("a screen shows where it is, and scrolls no further than the last row")
  func scrolling() {
    var screen = WatchScreen(WatchView(options()))
    screen.take(
      (1...5000).map { number in
        WatchedScene.service(
          .mark(UInt32(number), .ipv4), (1...10).map { WatchedScene.server($0) })
      }, at: 0)
    func lines() -> [String] {
      screen.lines(rows: 24, columns: 80, time: "03:12:07").map(\.description)
    }
    #expect(lines()[2].hasPrefix("FWM 1 wlc"))
    #expect(lines()[23].hasSuffix(" 1-21 of 55,000"))
    screen.scroll(by: 12)
    #expect(lines()[2].hasPrefix("  10.0.0.1:8080"))
    #expect(lines()[12].hasPrefix("FWM 3 wlc"))
    screen.scroll(byPages: 1)
    #expect(lines()[23].hasSuffix(" 33-53 of 55,000"))
    screen.scroll(toEnd: true)
    #expect(lines()[22].hasPrefix("  10.0.0.10:8080"))
    screen.scroll(byPages: 1)
    #expect(lines()[23].hasSuffix(" 54,980-55,000 of 55,000"))
    screen.take([], at: 1)
    #expect(lines()[23] == "0 services, 0 servers")
    screen.scroll(by: -1)
    #expect(lines().count == 24)
  }

  @Test("the next order is that of the next column")
  func nextOrder() {
    var screen = screen(options())
    var found: [String] = []
    for _ in WatchOrder.allCases {
      screen.nextOrder()
      let heading = screen.lines(rows: 9, columns: 100, time: "03:12:07")[0].description
      found.append(heading.split(separator: "every 2 s")[1].split(separator: "  ")[0].trimmed)
    }
    #expect(
      found == [
        "by weight", "by share", "by active", "by conns", "by in", "by out", "q quit",
      ])
  }

  @Test("without a terminal a block has all rows, whatever their width")
  func block() {
    let screen = screen(options())
    #expect(
      screen.view.block(of: screen.table, time: "2026-12-01 03:12:07").description
        == """
        ipvsadm  kernel, netns lb  2026-12-01 03:12:07  every 2 s
        SERVICE / SERVER  WEIGHT  SHARE  WANT  ACTIVE  CONN/S  IN B/S  OUT B/S
        TCP 192.0.2.10:80 wlc                    1.2M     120    1.1M     9.8M
          10.0.0.11:8080      10    96%   25%      44      14    120K     1.0M  full at 40
          10.0.0.12:8080       0     0%    0%      80       0       0        0  draining, was 20
          10.0.0.13:8080      30     4%   75%    1.2M     0.5       3      999
        FWM 5 IPv6 wlc                              0       0       0        0  no usable server


        """)
  }

  @Test(
    "numbers keep their columns",
    arguments: [
      (0.0, "0", "0"), (0.04, "0", "0"), (0.5, "0.5", "0"), (9.96, "10", "9"), (10.4, "10", "10"),
      (999, "999", "999"), (1000, "1000", "1.0K"), (1999, "1999", "1.9K"), (12_345, "12345", "12K"),
      (999_999, "999999", "999K"), (1_000_000, "1.0M", "1.0M"), (2.5e18, "2.5E", "2.5E"),
      (9.3e18, "9.3E", "9.3E"), (1.8e19, "18E", "18E"),
    ])
  func numbers(_ rate: Double, _ connections: String, _ bytes: String) {
    #expect(WatchNumber.connections(rate, exact: false) == connections)
    #expect(WatchNumber.bytes(rate, exact: false) == bytes)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
