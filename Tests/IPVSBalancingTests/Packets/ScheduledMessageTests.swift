// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// `schedule_icmp`: an ICMP error about what a service sent finds its server where the connection is
/// not known.
@Suite struct ScheduledMessageTests {
  private static func director(
    _ service: ServiceKey, flags: UInt32 = 0, servers: Int = 1, isOn: Bool = true
  ) throws -> DirectorModel {
    var director = try DirectorModel.serving(
      service, Sample.settings(flags: flags), servers: servers)
    director.balancer.settings.scheduleIcmp = isOn ? 1 : 0
    return director
  }

  private static func error(_ packet: [UInt8]) -> [UInt8] {
    PacketMaker.unreachable(packet, .client(99), .virtual())
  }

  @Test func anErrorBeginsAConnectionOfTCP() throws {
    var director = try Self.director(Sample.service())
    let error = Self.error(PacketMaker.tcp("A", .virtual(), .client()))
    let sent = try #require(director.receive(error).toServers.first)
    #expect(sent[16..<20] == [10, 2, 0, 1])
    // The packet inside is now one of the server.
    #expect(sent[40..<44] == [10, 2, 0, 1] && sent[48...49] == [0, 80])
    #expect(director.timedTable == ["TCP C6336407 9C41 0A000001 0050 0A020001 0050 NONE 3"])
    director.wait(seconds: 2)
    _ = director.receive(error)
    #expect(director.timedTable == ["TCP C6336407 9C41 0A000001 0050 0A020001 0050 NONE 1"])
    #expect(director.balancer.counters.inboundPackets == 2)
    #expect(director.balancer.counters.connections == 1)
  }

  @Test func anErrorBeginsAConnectionOfUDP() throws {
    var director = try Self.director(Sample.service(53, transport: 17))
    let server = director.server(for: Self.error(PacketMaker.udp(.virtual(53), .client())))
    #expect(server == 1)
    #expect(director.timedTable == ["UDP C6336407 9C41 0A000001 0035 0A020001 0035 UDP 3"])
  }

  @Test func oneOfOnePacketIsSentOnAndForgotten() throws {
    let service = Sample.service(53, transport: 17)
    var director = try Self.director(service, flags: 4)
    let server = director.server(for: Self.error(PacketMaker.udp(.virtual(53), .client())))
    #expect(server == 1)
    #expect(director.table == [])
    #expect(director.balancer.servers(service).map(\.inactiveConnections) == [0])
    #expect(director.balancer.counters.connections == 1)
  }

  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let packet: [UInt8]
    var service = Sample.service()
    var servers = 1
    var quoted: Int?
    var isOn = true
    let isDelivered: Bool
    var reason: DropReason?
  }

  static let rows: [Row] = [
    Row(
      testDescription: "not asked for", packet: PacketMaker.tcp("A", .virtual(), .client()),
      isOn: false, isDelivered: true),
    Row(
      testDescription: "no server", packet: PacketMaker.tcp("A", .virtual(), .client()),
      servers: 0, isDelivered: false, reason: .noServer),
    Row(
      testDescription: "no service", packet: PacketMaker.tcp("A", .virtual(81), .client()),
      isDelivered: true),
    Row(
      testDescription: "data of FTP, which may be of others",
      packet: PacketMaker.tcp("A", .virtual(5000), .client()), service: Sample.service(21),
      isDelivered: true),
    Row(
      testDescription: "a client that has FTP's data port",
      packet: PacketMaker.tcp("A", .virtual(), .client(port: 20)), isDelivered: true),
    Row(
      testDescription: "no ports", packet: PacketMaker.tcp("A", .virtual(), .client()), quoted: 20,
      isDelivered: false, reason: .truncated),
  ]

  @Test(arguments: rows)
  func beginsNothing(_ row: Row) throws {
    var director = try Self.director(row.service, servers: row.servers, isOn: row.isOn)
    let outcome = director.receive(
      PacketMaker.unreachable(row.packet, .client(99), .virtual(), quoted: row.quoted))
    #expect(outcome.isDelivered == row.isDelivered)
    #expect(outcome.dropReason == row.reason)
    #expect(director.table == [])
  }
}
