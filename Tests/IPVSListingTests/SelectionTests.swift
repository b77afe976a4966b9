// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import Testing

/// Connections that are selected or counted, and real servers by their machines.
@Suite struct SelectionTests {
  /// One row for each connection, numbered by its seconds: of a service, of one without a port, of a
  /// persistent one, of two services by mark, and of a service that is gone.
  private static let rows = """
    TCP C0000201 C001 0A000001 0050 0A010002 1F90 ESTABLISHED 1
    TCP C0000302 C002 0A000001 0050 0A010003 1F90 TIME_WAIT 2
    TCP C0000201 0000 0A000001 0050 0A010002 1F90 NONE 3
    UDP C0000201 C003 0A000001 0035 0A010002 0035 UDP 4
    TCP C0000201 C004 0A000002 0016 0A010004 0016 ESTABLISHED 5
    IP C0000201 0000 00000005 0000 0A010005 0000 ASSURED 6
    TCP C0000201 C005 0A000009 0050 0A010005 0050 ESTABLISHED 7
    TCP C0000201 C006 0A000009 0050 0A010006 0050 ESTABLISHED 8
    TCP 2001:0db8:0000:0000:0000:0000:0000:0001 C007 fd00:0000:0000:0000:0000:0000:0000:0001 0050 fd00:0000:0000:0000:0000:0000:0000:0002 0050 CLOSE 9

    """

  private static func listed(
    _ identity: ServiceIdentity, _ scheduler: ByteString, _ servers: [String] = []
  ) throws -> ListedService {
    ListedService(
      VirtualService(
        identity, scheduler: try #require(KernelName(scheduler, atMost: 15))),
      servers: try servers.map { ListedServer(RealServer(try #require(Endpoint($0)))) })
  }

  private static func endpoint(
    _ transport: TransportProtocol, _ text: String
  ) throws -> ServiceIdentity {
    .endpoint(transport, try #require(Endpoint(text)))
  }

  private static func services() throws -> ConnectionServices {
    ConnectionServices([
      try listed(try endpoint(.tcp, "10.0.0.1:80"), "wlc"),
      try listed(try endpoint(.udp, "10.0.0.1:53"), "rr"),
      try listed(try endpoint(.tcp, "10.0.0.2:0"), "sh"),
      try listed(.mark(5, .ipv4), "rr", ["10.1.0.5:80", "10.1.0.6:80"]),
      try listed(.mark(6, .ipv4), "lc", ["10.1.0.6:80"]),
    ])
  }

  private func forEachRow(_ body: (ConnectionRow, Span<UInt8>) -> Void) throws {
    var reader = ConnectionReader(hasTitles: false)
    var nothing: Void = ()
    try reader.feed(Array(Self.rows.utf8).span, into: &nothing) { rows, text, _ in
      while let row = rows.next(in: text) { body(row, text) }
    }
  }

  private func selected(_ change: (inout ListingFilter) throws -> Void) throws -> [UInt64] {
    var filter = ListingFilter()
    try change(&filter)
    let selection = ConnectionFilter(
      filter, services: ConnectionFilter.needsServices(filter) ? try Self.services() : nil)
    var numbers: [UInt64] = []
    try forEachRow { if selection.selects($0, in: $1) { numbers.append($0.seconds) } }
    return numbers
  }

  private func counts(by key: ConnectionKey, limit: Int = 100) throws -> ConnectionCounts {
    var counts = ConnectionCounts(by: key, limit: limit)
    let services = try Self.services()
    try forEachRow { counts.add($0, in: $1, services: services) }
    return counts
  }

  private func text(_ report: Report, _ renderer: any ListingRenderer) -> String {
    var text = TextBuffer()
    renderer.append(report, to: &text)
    return text.description
  }

  @Test("each kind selects connections by what rows say")
  func kinds() throws {
    #expect(try selected { _ in } == Array(1...9))
    #expect(try selected { $0.states = [.established] } == [1, 5, 7, 8])
    #expect(try selected { $0.states = [.close, .timeWait] } == [2, 9])
    #expect(try selected { $0.clients = [AddressPrefix("192.0.3.0/24")].compactMap(\.self) } == [2])
    #expect(
      try selected { $0.clients = [AddressPrefix("2001:db8::/32")].compactMap(\.self) } == [9])
    let server = try #require(IPAddress("10.1.0.2"))
    #expect(try selected { $0.servers = [ServerSelection(server)] } == [1, 3, 4])
    #expect(try selected { $0.servers = [ServerSelection(server, port: 53)] } == [4])
    #expect(
      try selected {
        $0.servers = [ServerSelection(server)]
        $0.states = [.established, .udp]
      } == [1, 4])
  }

  @Test("a service selects its connections; one without a port those of all ports")
  func services() throws {
    #expect(try selected { $0.services = [try Self.endpoint(.tcp, "10.0.0.1:80")] } == [1, 2, 3])
    #expect(try selected { $0.services = [try Self.endpoint(.udp, "10.0.0.1:80")] } == [])
    #expect(try selected { $0.services = [try Self.endpoint(.tcp, "10.0.0.2:0")] } == [5])
    #expect(try selected { $0.services = [.mark(5, .ipv4)] } == [6, 7, 8])
    #expect(try selected { $0.services = [.mark(6, .ipv4)] } == [8], "may be of either")
    #expect(try selected { $0.services = [.mark(5, .ipv6)] } == [])
  }

  @Test("a scheduler selects the connections of its services")
  func schedulers() throws {
    func named(_ names: ByteString...) throws -> [UInt64] {
      try selected { filter in
        filter.schedulers = names.compactMap { KernelName($0, atMost: 15) }
      }
    }
    #expect(try named("wlc") == [1, 2, 3])
    #expect(try named("rr") == [4, 6, 7, 8])
    #expect(try named("sh", "lc") == [5, 8])
    #expect(try named("mh") == [])
  }

  @Test(
    "counts are printed from the largest to the smallest",
    arguments: [
      (
        ConnectionKey.state,
        """
        Connections  Templates  State
                  4          0  TCP  ESTABLISHED
                  0          1  IP   ASSURED
                  1          0  TCP  CLOSE
                  0          1  TCP  NONE
                  1          0  TCP  TIME_WAIT
                  1          0  UDP  UDP

        """
      ),
      (
        .service,
        """
        Connections  Templates  Service
                  2          1  TCP  10.0.0.1:80
                  1          1  FWM  5
                  2          0  unknown
                  1          0  TCP  10.0.0.2:0
                  1          0  UDP  10.0.0.1:53

        """
      ),
      (
        .client,
        """
        Connections  Templates  Client
                  5          2  192.0.2.1
                  1          0  192.0.3.2
                  1          0  2001:db8::1

        """
      ),
      (
        .server,
        """
        Connections  Templates  Server
                  1          1  10.1.0.2:8080
                  1          0  10.1.0.2:53
                  1          0  10.1.0.3:8080
                  1          0  10.1.0.4:22
                  0          1  10.1.0.5:0
                  1          0  10.1.0.5:80
                  1          0  10.1.0.6:80
                  1          0  [fd00::2]:80

        """
      ),
      (
        .scheduler,
        """
        Connections  Templates  Scheduler
                  2          1  rr
                  2          1  wlc
                  2          0  unknown
                  1          0  sh

        """
      ),
    ] as [(ConnectionKey, String)])
  func counted(_ key: ConnectionKey, _ expected: String) throws {
    #expect(text(.counts(try counts(by: key)), TextRenderer()) == expected)
  }

  @Test("values beyond the limit are counted together")
  func limit() throws {
    let counts = try counts(by: .client, limit: 1)
    #expect(
      text(.counts(counts), TextRenderer()) == """
        Connections  Templates  Client
                  5          2  192.0.2.1
                  2          0  others

        """)
    #expect(
      text(.counts(counts), JSONRenderer(source: JSONRenderer.Source("kernel")))
        == "{\"schema\":1,\"count_by\":\"client\",\"counts\":[{\"client\":{\"address\":\"192.0.2.1\"},"
        + "\"conns\":5,\"templates\":2}],\"others\":{\"conns\":2,\"templates\":0}}\n")
  }

  @Test("nothing selected: no text, and an empty list")
  func empty() {
    let kernel = KernelInfo(version: 0x010201, connectionTableSize: 4096)
    let json = JSONRenderer(source: JSONRenderer.Source("kernel"))
    for (report, list) in [
      (Report.selection(Snapshot(kernel: kernel, services: [])), "\"services\":[]"),
      (.hosts([], kernel), "\"hosts\":[]"),
      (.counts(ConnectionCounts(by: .state)), "\"counts\":[]"),
    ] {
      #expect(text(report, TextRenderer()) == "")
      #expect(text(report, json).contains(list))
    }
  }

  @Test("machines with their roles, in columns and with names")
  func hosts() throws {
    let web = try Self.endpoint(.tcp, "10.99.0.100:80")
    let six = try Self.endpoint(.tcp, "[fd00::1]:80")
    func server(_ text: String, _ weight: Int, _ active: UInt32) throws -> ListedServer {
      ListedServer(
        RealServer(
          try #require(Endpoint(text)), forwarding: .masquerading,
          weight: try #require(Weight(weight))),
        activeConnections: active, inactiveConnections: 7)
    }
    let table = Snapshot(
      kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096),
      services: [
        ListedService(
          VirtualService(web),
          servers: [try server("10.99.0.1:8080", 1, 10), try server("10.99.0.2:80", 2, 20)]),
        ListedService(VirtualService(six), servers: [try server("[fd00::2]:80", 0, 0)]),
      ])
    let titles = """
      RemoteAddress
        <- Prot LocalAddress:Port     Port  Forward Weight Want Share ActiveConn InActConn

      """
    #expect(
      text(.hosts(table.hosts(), table.kernel), TextRenderer()) == titles + """
        10.99.0.1
          <- TCP  10.99.0.100:80        8080  Masq    1      33%  33%   10         7
        10.99.0.2
          <- TCP  10.99.0.100:80        80    Masq    2      67%  67%   20         7
        fd00::2
          <- TCP  [fd00::1]:80          80    Masq    0      -    -     0          7

        """)
    let names = FileNames(hosts: "10.99.0.1 one.example.test\n", services: "http 80/tcp\n")
    #expect(
      text(.hosts(table.hosts(), table.kernel), TextRenderer(names: names)).contains(
        "one.example.test\n  <- TCP  10.99.0.100:http      8080  Masq"))
  }
}
