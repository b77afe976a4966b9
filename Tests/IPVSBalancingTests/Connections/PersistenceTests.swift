// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// What a client's template is found by, and which server it leads to.
@Suite struct PersistenceTests {
  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let service: ServiceKey
    let packet: [UInt8]
    let mark: UInt32
    let template: String
    let connection: String

    init(
      _ description: String, _ service: ServiceKey, _ packet: [UInt8], mark: UInt32 = 0,
      _ template: String, _ connection: String
    ) {
      testDescription = description
      self.service = service
      self.packet = packet
      self.mark = mark
      self.template = template
      self.connection = connection
    }
  }

  static let rows: [Row] = [
    Row(
      "the service's own port", Sample.service(), PacketMaker.tcp("S", .client(), .virtual()),
      "TCP C6336407 0000 0A000001 0050 0A020001 0050 NONE",
      "TCP C6336407 9C41 0A000001 0050 0A020001 0050 SYN_RECV"),
    Row(
      "FTP, control", Sample.service(21), PacketMaker.tcp("S", .client(), .virtual(21)),
      "TCP C6336407 0000 0A000001 0000 0A020001 0000 NONE",
      "TCP C6336407 9C41 0A000001 0015 0A020001 0015 SYN_RECV"),
    Row(
      "FTP, data", Sample.service(21), PacketMaker.tcp("S", .client(), .virtual(5000)),
      "TCP C6336407 0000 0A000001 0000 0A020001 0000 NONE",
      "TCP C6336407 9C41 0A000001 1388 0A020001 1388 SYN_RECV"),
    Row(
      "all ports", Sample.service(0), PacketMaker.tcp("S", .client(), .virtual(443)),
      "TCP C6336407 0000 0A000001 0000 0A020001 0000 NONE",
      "TCP C6336407 9C41 0A000001 01BB 0A020001 01BB SYN_RECV"),
    Row(
      "a mark, TCP", ServiceKey(.ipv4, mark: 5), PacketMaker.tcp("S", .client(), .virtual(443)),
      mark: 5, "IP C6336407 0000 00000005 0000 0A020001 0000 NONE",
      "TCP C6336407 9C41 0A000001 01BB 0A020001 01BB SYN_RECV"),
    Row(
      "a mark, UDP", ServiceKey(.ipv4, mark: 5), PacketMaker.udp(.client(), .virtual(53)),
      mark: 5, "IP C6336407 0000 00000005 0000 0A020001 0000 NONE",
      "UDP C6336407 9C41 0A000001 0035 0A020001 0035 UDP"),
    Row(
      "a mark, port 0", ServiceKey(.ipv4, mark: 5), PacketMaker.udp(.client(), .virtual(0)),
      mark: 5, "UDP C6336407 0000 0A000001 0000 0A020001 0000 NONE",
      "UDP C6336407 9C41 0A000001 0000 0A020001 0000 UDP"),
  ]

  @Test(arguments: rows)
  func makesATemplate(_ row: Row) throws {
    var director = try DirectorModel.serving(row.service, .persistent())
    let server = director.server(for: row.packet, mark: row.mark)
    #expect(server == 1)
    #expect(director.table == [row.template, row.connection].sorted())
    // Templates are no connections.
    #expect(director.balancer.counters.connections == 1)
    let report = try #require(director.balancer.servers(row.service).first)
    #expect(report.persistentConnections == 1)
    #expect(report.activeConnections + report.inactiveConnections == 1)
  }

  @Test func theServersPortIsItsOwnOnlyForTheServicesPort() throws {
    var director = try DirectorModel.serving(
      ServiceKey(.ipv4, mark: 5), .persistent(), servers: 0)
    try director.balancer.add(
      Sample.server(1, port: 8080), to: ServiceKey(.ipv4, mark: 5))
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual(443)), mark: 5)
    _ = director.receive(PacketMaker.udp(.client(), .virtual(0)), mark: 5)
    #expect(
      director.table == [
        "IP C6336407 0000 00000005 0000 0A020001 0000 NONE",
        "TCP C6336407 9C41 0A000001 01BB 0A020001 01BB SYN_RECV",
        "UDP C6336407 0000 0A000001 0000 0A020001 1F90 NONE",
        "UDP C6336407 9C41 0A000001 0000 0A020001 1F90 UDP",
      ])
  }

  @Test func controlAndDataOfFTPGoToOneServer() throws {
    var director = try DirectorModel.serving(Sample.service(21), .persistent(), servers: 3)
    let servers = [
      director.server(for: PacketMaker.tcp("S", .client(), .virtual(21))),
      director.server(for: PacketMaker.tcp("S", .client(port: 40_002), .virtual(5000))),
      director.server(for: PacketMaker.tcp("S", .client(port: 40_003), .virtual(20))),
      director.server(for: PacketMaker.tcp("S", .client(8), .virtual(21))),
    ]
    #expect(servers == [1, 1, 1, 2])
  }

  @Test func aMarkHoldsAcrossAddressesPortsAndProtocols() throws {
    let key = ServiceKey(.ipv4, mark: 5)
    var director = try DirectorModel.serving(key, .persistent(), servers: 3)
    let other = End([10, 0, 0, 2], port: 25)
    let servers = [
      director.server(for: PacketMaker.tcp("S", .client(), .virtual(80)), mark: 5),
      director.server(for: PacketMaker.tcp("S", .client(), other), mark: 5),
      director.server(for: PacketMaker.udp(.client(), .virtual(53)), mark: 5),
      director.server(for: PacketMaker.tcp("S", .client(8), .virtual(80)), mark: 5),
    ]
    #expect(servers == [1, 1, 1, 2])
    #expect(director.balancer.counters.connections == 4)
  }

  @Test func ofAClientsAddressTheNetworkCounts() throws {
    var director = try DirectorModel.serving(
      Sample.service(), .persistent(netmask: 0xffff_fff0), servers: 3)
    let servers = [16, 31, 32, 15].map { (number: UInt8) in
      director.server(for: PacketMaker.tcp("S", .client(number), .virtual()))
    }
    #expect(servers == [1, 1, 2, 3])
    #expect(director.table.contains("TCP C6336410 0000 0A000001 0050 0A020001 0050 NONE"))
  }

  @Test(arguments: [(128, [1, 2, 3]), (48, [1, 1, 2]), (32, [1, 1, 1])] as [(UInt32, [UInt8])])
  func ofAnIPv6AddressThePrefixCounts(_ length: UInt32, _ expected: [UInt8]) throws {
    var director = try DirectorModel.serving(
      Sample.service6(), .persistent(netmask: length), servers: 3)
    let clients: [End] = [.client6(1), .client6(2), .client6(1, network: 10)]
    let servers = clients.map { director.server(for: PacketMaker.tcp("S", $0, .virtual6())) }
    #expect(servers == expected)
  }

  @Test func withoutAServerTheClientGetsAnError() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 0)
    let outcome = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    #expect(outcome.toClients.first?[20...21] == [3, 3])
    #expect(director.table == [])
  }

  /// Room for the template only, then for nothing.
  @Test(arguments: [1, 0] as [Int32])
  func aFullTableTakesNoConnection(_ limit: Int32) throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent())
    director.balancer.settings.connMax = limit
    let outcome = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    #expect(outcome.dropReason == .tableFull)
    #expect(director.table.count == Int(limit))
    let report = try #require(director.balancer.servers().first)
    #expect(report.inactiveConnections == 0 && report.persistentConnections == UInt32(limit))
  }
}
