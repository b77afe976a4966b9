// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import Testing

/// Listings beyond the recorded ones: settings that only other programs than ipvsadm make, counters of
/// every size, and the differences from 1.31.
@Suite struct TableListingTests {
  static let address = IPAddress.v4(IPv4Address(0x0a00_0001))
  static let identity = ServiceIdentity.endpoint(.tcp, Endpoint(address, port: 80))
  static let server = Endpoint(.v4(IPv4Address(0x0a00_0002)), port: 80)

  private func lines(_ renderer: TextRenderer, _ service: ListedService) -> [String] {
    var text = TextBuffer()
    renderer.append(.service(service), to: &text)
    #expect(text.bytes.last == UInt8(ascii: "\n"))
    return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func row(_ view: TableView, _ server: RealServer) -> String? {
    let service = ListedService(VirtualService(Self.identity), servers: [ListedServer(server)])
    return lines(TextRenderer(view: view), service).last
  }

  @Test("the first line names the version of IPVS and the size of the table of connections")
  func version() {
    var text = TextBuffer()
    let kernel = KernelInfo(version: 0x01_02_0a, connectionTableSize: 65536)
    TextRenderer().append(.table(Snapshot(kernel: kernel, services: [])), to: &text)
    let first = text.description.prefix { $0 != "\n" }
    #expect(first == "IP Virtual Server version 1.2.10 (size=65536)")
  }

  @Test(
    "every forwarding method has a name",
    arguments: [
      (0, "Masq"), (1, "Local"), (2, "Tunnel"), (3, "Route"), (4, "Bypass"), (5, "?"),
      (UInt32.max, "?"),
    ] as [(UInt32, String)])
  func forwarding(number: UInt32, name: String) {
    let server = RealServer(Self.server, forwarding: ForwardingMethod(rawValue: number))
    let padded = name + String(repeating: " ", count: 7 - name.count)
    #expect(
      row(.plain, server)
        == "  -> 10.0.0.2:80                  \(padded) 1      0          0         ")
  }

  static let tunnels: [(Tunnel, String)] = [
    (Tunnel(), "ipip"),
    (Tunnel(.gue, port: 6080), "gue:6080:-c"),
    (Tunnel(.gue, port: 65535, flags: .checksum), "gue:65535:+c"),
    (Tunnel(.gue, port: 1, flags: .remoteChecksum), "gue:1:r+c"),
    (Tunnel(.gue, port: 6080, flags: [.checksum, .remoteChecksum]), "gue:6080:+c,r+c"),
    (Tunnel(.gre), "gre:-c"),
    (Tunnel(.gre, flags: .checksum), "gre:+c"),
    (Tunnel(.gre, flags: Tunnel.Flags(rawValue: 0xfffc)), "gre:-c"),
    (Tunnel(Tunnel.Kind(rawValue: 3)), "n/a"),
    (Tunnel(Tunnel.Kind(rawValue: 255)), "n/a"),
  ]

  @Test("every tunnel has a text", arguments: tunnels)
  func wrapping(tunnel: Tunnel, text: String) {
    let server = RealServer(Self.server, forwarding: .tunneling, tunnel: tunnel)
    let padded = text + String(repeating: " ", count: max(0, 13 - text.count))
    #expect(
      row(.tunnels, server)
        == "  -> 10.0.0.2:80                  Tunnel  \(padded) 1      0          0         ")
  }

  @Test("without forwarding in a tunnel, its settings are not shown")
  func noTunnel() {
    let server = RealServer(Self.server, tunnel: Tunnel(.gue, port: 6080))
    #expect(row(.tunnels, server)?.contains("Route   n/a           1") == true)
  }

  @Test("numbers wider than their column push the next, and are never cut")
  func wideNumbers() {
    let weight = Weight(Int32.max)
    let server = RealServer(
      Self.server, weight: weight ?? .one, upperThreshold: .max, lowerThreshold: 12_345_678)
    let listed = ListedServer(
      server, activeConnections: .max, inactiveConnections: 7, persistentConnections: .max)
    let service = ListedService(VirtualService(Self.identity), servers: [listed])
    #expect(
      lines(TextRenderer(view: .plain), service).last
        == "  -> 10.0.0.2:80                  Route   2147483647 4294967295 7         ")
    #expect(
      lines(TextRenderer(view: .persistentConnections), service).last
        == "  -> 10.0.0.2:80                  2147483647 4294967295  4294967295 7         ")
    #expect(
      lines(TextRenderer(view: .thresholds), service).last
        == "  -> 10.0.0.2:80                  4294967295 12345678   4294967295 7         ")
  }

  static let counters: [(UInt64, String, String)] = [
    (0, "        0", "        0"),
    (99_999_999, " 99999999", " 99999999"),
    (100_000_000, "  100000K", " 100000000"),
    (120_154_601, "  120154K", " 120154601"),
    (999_999_999, "  999999K", " 999999999"),
    (1_000_000_000, "    1000M", " 1000000000"),
    (1_100_013_129, "    1100M", " 1100013129"),
    (99_999_999_999, "   99999M", " 99999999999"),
    (100_000_000_000, "     100G", " 100000000000"),
    (99_999_999_999_999, "   99999G", " 99999999999999"),
    (100_000_000_000_000, "     100T", " 100000000000000"),
    (.max, "18446744T", " 18446744073709551615"),
  ]

  @Test("counters are whole, in thousands and so on, or exact", arguments: counters)
  func shortened(number: UInt64, short: String, exact: String) {
    let traffic = Traffic(
      connections: number, inboundPackets: 1, outboundPackets: number, inboundBytes: 2,
      outboundBytes: number)
    let statistics = Statistics(totals: traffic, rates: traffic)
    let service = ListedService(
      VirtualService(Self.identity), statistics: statistics,
      servers: [ListedServer(RealServer(Self.server), statistics: statistics)])
    let head = "TCP  10.0.0.1:80                 "
    let serverHead = "  -> 10.0.0.2:80                 "
    let columns = short + "        1" + short + "        2" + short
    let exactColumns = exact + "        1" + exact + "        2" + exact
    for view in [TableView.statistics, .rates] {
      #expect(lines(TextRenderer(view: view), service)[2] == head + columns)
      #expect(lines(TextRenderer(view: view, exact: true), service)[2] == head + exactColumns)
    }
    #expect(lines(TextRenderer(view: .statistics), service)[3] == serverHead + columns)
    #expect(
      lines(TextRenderer(view: .statistics, exact: true), service)[3] == serverHead + exactColumns)
    // 1.31 never shortens the first three rates of a real server.
    #expect(
      lines(TextRenderer(view: .rates), service)[3]
        == serverHead + exact + "        1" + exact + "        2" + short)
  }

  static let flags: [(String, ServiceFlags, String)] = [
    ("wlc", [.scheduler1], "wlc (flag-1)"),
    ("wlc", [.scheduler1, .scheduler2, .scheduler3], "wlc (flag-1,flag-2,flag-3)"),
    ("sh", [.fallback, .port], "sh (sh-fallback,sh-port)"),
    ("sh", [.scheduler3], "sh (flag-3)"),
    ("mh", [.port, .scheduler3], "mh (mh-port,flag-3)"),
    ("sh", [.onePacket], "sh ops"),
    ("rr", ServiceFlags(rawValue: 0xffff_ffc3), "rr"),
  ]

  @Test("every scheduler flag has a name", arguments: flags)
  func schedulerFlags(scheduler: String, flags: ServiceFlags, settings: String) {
    let name = KernelName(ByteString(scheduler), atMost: KernelName.longestScheduler)
    let service = VirtualService(
      Self.identity, scheduler: name ?? .weightedLeastConnections, flags: flags)
    #expect(
      lines(TextRenderer(), ListedService(service)).last == "TCP  10.0.0.1:80 " + settings)
  }

  static let identities: [(ServiceIdentity, String)] = [
    (.mark(.max, .ipv4), "FWM  4294967295 wlc"),
    (.mark(0x8000_0000, .ipv6), "FWM  2147483648 IPv6 wlc"),
    (.endpoint(.sctp, Endpoint(address, port: 1)), "SCTP 10.0.0.1:1 wlc"),
    (
      .endpoint(TransportProtocol(rawValue: 50), Endpoint(address, port: 0)),
      "?    10.0.0.1:0 wlc"
    ),
  ]

  @Test("every service has a name, firewall marks without sign", arguments: identities)
  func service(identity: ServiceIdentity, row: String) {
    #expect(lines(TextRenderer(), ListedService(VirtualService(identity))).last == row)
  }

  @Test("services and servers are in ascending order without sign, or as the kernel has them")
  func order() {
    func endpoint(_ bits: UInt32) -> Endpoint { Endpoint(.v4(IPv4Address(bits)), port: 80) }
    let six = Endpoint(.v6(IPv6Address(0x2001 << 112 | 1)), port: 80)
    let servers = [0xc0a8_0001, 0x0a00_0002, 0x0100_0001, 0x8000_0000].map { endpoint($0) } + [six]
    let identities: [ServiceIdentity] = [
      .mark(0x8000_0001, .ipv4), .mark(5, .ipv6), .mark(5, .ipv4), .endpoint(.tcp, six),
      .endpoint(.udp, endpoint(1)), .endpoint(.tcp, endpoint(0xc0a8_0101)),
      .endpoint(.tcp, endpoint(0x0101_0101)),
    ]
    var services = identities.map { ListedService(VirtualService($0)) }
    services[6].servers = servers.map { ListedServer(RealServer($0)) }
    func heads(sorted: Bool) -> [Substring] {
      var text = TextBuffer()
      let kernel = KernelInfo(version: 0, connectionTableSize: 0)
      TextRenderer(sorted: sorted)
        .append(.table(Snapshot(kernel: kernel, services: services)), to: &text)
      return text.description.split(separator: "\n").dropFirst(3).map {
        $0.replacing("  -> ", with: "").replacing(" wlc", with: "").prefix { $0 != " " }
      }
    }
    #expect(
      heads(sorted: true) == [
        "TCP", "1.0.0.1:80", "10.0.0.2:80", "128.0.0.0:80", "192.168.0.1:80", "[2001::1]:80",
        "TCP", "UDP", "TCP", "FWM", "FWM", "FWM",
      ])
    #expect(
      heads(sorted: false) == [
        "FWM", "FWM", "FWM", "TCP", "UDP", "TCP", "TCP", "192.168.0.1:80", "10.0.0.2:80",
        "1.0.0.1:80", "128.0.0.0:80", "[2001::1]:80",
      ])
  }
}

extension TextBuffer {
  var description: String { String(decoding: bytes, as: UTF8.self) }
}
