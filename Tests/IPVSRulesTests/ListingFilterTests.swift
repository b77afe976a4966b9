// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText
import TestSupport
import Testing

@Suite struct ListingFilterTests {
  private static let web = ServiceIdentity.endpoint(.tcp, end("10.0.0.1:80"))
  private static let name = ServiceIdentity.endpoint(.udp, end("10.0.0.1:53"))
  private static let mark = ServiceIdentity.mark(5, .ipv6)
  private static let roundRobin = KernelName("rr", atMost: 15)

  private static func server(_ text: String, weight: Int32 = 1, active: UInt32 = 0) -> ListedServer
  {
    ListedServer(
      RealServer(end(text), forwarding: .masquerading, weight: Weight(weight) ?? .one),
      activeConnections: active)
  }

  private static let table = Snapshot(
    kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096),
    services: [
      ListedService(
        VirtualService(web),
        servers: [
          server("10.1.0.2:8080", weight: 3, active: 6), server("10.1.0.3:80", active: 2),
          server("10.1.0.2:80", weight: 0),
        ]),
      ListedService(
        VirtualService(name, scheduler: roundRobin ?? .weightedLeastConnections),
        servers: [server("10.1.0.2:53")]),
      ListedService(VirtualService(mark)),
    ])

  private func selected(_ change: (inout ListingFilter) -> Void) -> [String] {
    var filter = ListingFilter()
    change(&filter)
    return Self.table.selecting(filter).services.flatMap { listed in
      ["\(listed.service.identity)"] + listed.servers.map { "\($0.server.endpoint)" }
    }
  }

  @Test("values of one kind are alternatives, and all kinds must agree")
  func kinds() {
    let web = ["TCP 10.0.0.1:80", "10.1.0.2:8080", "10.1.0.3:80", "10.1.0.2:80"]
    let name = ["UDP 10.0.0.1:53", "10.1.0.2:53"]
    #expect(selected { _ in } == web + name + ["firewall mark 5, IPv6"])
    #expect(selected { $0.services = [Self.web] } == web)
    #expect(selected { $0.services = [Self.name, Self.web] } == web + name)
    #expect(selected { $0.schedulers = [Self.roundRobin].compactMap(\.self) } == name)
    #expect(
      selected {
        $0.services = [Self.web]
        $0.schedulers = [Self.roundRobin].compactMap(\.self)
      } == [])
  }

  @Test("of a service the selected servers are left, and a service without any is left out")
  func servers() throws {
    let address = end("10.1.0.2:80").address
    #expect(
      selected { $0.servers = [ServerSelection(address)] }
        == [
          "TCP 10.0.0.1:80", "10.1.0.2:8080", "10.1.0.2:80", "UDP 10.0.0.1:53", "10.1.0.2:53",
        ])
    #expect(
      selected { $0.servers = [ServerSelection(address, port: 8080)] }
        == ["TCP 10.0.0.1:80", "10.1.0.2:8080"])
    #expect(selected { $0.servers = [ServerSelection(address, port: 9)] } == [])
  }

  @Test("the roles of a machine are together, with the totals of whole services")
  func hosts() {
    var filter = ListingFilter()
    filter.servers = [ServerSelection(end("10.1.0.2:80").address)]
    let hosts = Self.table.hosts(selecting: filter)
    #expect(hosts.map { "\($0.address)" } == ["10.1.0.2"])
    let roles = hosts.flatMap(\.roles)
    #expect(
      roles.map { "\($0.service.identity) \($0.server.server.endpoint)" } == [
        "TCP 10.0.0.1:80 10.1.0.2:80", "TCP 10.0.0.1:80 10.1.0.2:8080",
        "UDP 10.0.0.1:53 10.1.0.2:53",
      ])
    #expect(roles.map(\.totalWeight) == [4, 4, 1])
    #expect(roles.map(\.totalActiveConnections) == [8, 8, 0])
    #expect(Self.table.hosts().map { "\($0.address)" } == ["10.1.0.2", "10.1.0.3"])
  }

  @Test("a state is known by its name in letters of either case, and belongs to a protocol")
  func states() {
    for state in ConnectionStateName.allCases {
      #expect(ConnectionStateName(anyCase: ByteString(state.rawValue.lowercased())) == state)
      #expect(ConnectionStateName(anyCase: ByteString(state.rawValue)) == state)
    }
    #expect(ConnectionStateName(anyCase: "ESTAB") == nil)
    let known = [TransportProtocol.tcp, .udp, .sctp].flatMap {
      ConnectionStateName.states(over: $0)
    }
    #expect(
      Set(known + ConnectionStateName.ofTemplates) == Set(ConnectionStateName.allCases))
  }
}

private func end(_ text: String) -> Endpoint {
  Endpoint(text) ?? Endpoint(.v4(IPv4Address(0)), port: 0)
}
