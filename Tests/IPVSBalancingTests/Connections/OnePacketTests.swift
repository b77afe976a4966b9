// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Services of UDP each packet of which is a connection of its own.
@Suite struct OnePacketTests {
  private static let flag: UInt32 = 4
  private static let service = Sample.service(53, transport: 17)

  private static func query(_ port: UInt16 = 40_001) -> [UInt8] {
    PacketMaker.udp(.client(port: port), .virtual(53))
  }

  @Test func eachPacketIsScheduledAnewAndLeavesNothing() throws {
    var director = try DirectorModel.serving(
      Self.service, Sample.settings(flags: Self.flag), servers: 2)
    let servers = [
      director.server(for: Self.query()), director.server(for: Self.query()),
      director.server(for: Self.query()),
    ]
    #expect(servers == [1, 2, 1])
    #expect(director.table == [])
    let reports = director.balancer.servers(Self.service)
    #expect(reports.map(\.inactiveConnections) == [0, 0])
    #expect(director.balancer.counters.connections == 3)
    #expect(director.balancer.counters.inboundPackets == 3)
  }

  @Test func itsReplyBelongsToNoConnection() throws {
    var director = try DirectorModel.serving(Self.service, Sample.settings(flags: Self.flag))
    _ = director.receive(Self.query())
    let source = director.source(of: PacketMaker.udp(.server(1, port: 53), .client()))
    #expect(source == 1 && director.balancer.counters.outboundPackets == 0)
    let sent = director.receive(PacketMaker.udp(.server(1, port: 53), .client())).toClients.first
    #expect(sent?[12..<16] == [10, 2, 0, 1])
  }

  /// The template stays, and is the one that counts the packets.
  @Test func aPersistentOneLeavesItsTemplate() throws {
    var director = try DirectorModel.serving(
      Self.service, .persistent(flags: Self.flag), servers: 2)
    let servers = [
      director.server(for: Self.query()), director.server(for: Self.query(40_002)),
    ]
    #expect(servers == [1, 1])
    #expect(director.table == ["UDP C6336407 0000 0A000001 0035 0A020001 0035 NONE"])
    let template = try #require(director.balancer.allConnections.first)
    #expect(template.packets == 2 && template.children == 0)
    director.wait(seconds: 301)
    #expect(director.table == [])
    let index = try director.balancer.index(Sample.server(1, port: 53), of: Self.service)
    #expect(director.balancer.servers[index].users == 0)
  }

  @Test func onlyUDPIsMeant() throws {
    var director = try DirectorModel.serving(
      Sample.service(), Sample.settings(flags: Self.flag))
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    #expect(director.table == ["TCP C6336407 9C41 0A000001 0050 0A020001 0050 SYN_RECV"])
  }

  @Test func aFullTableTakesNoneEither() throws {
    var director = try DirectorModel.serving(Self.service, Sample.settings(flags: Self.flag))
    director.balancer.settings.connMax = 0
    let outcome = director.receive(Self.query())
    #expect(outcome.dropReason == .tableFull)
    #expect(director.balancer.counters.connections == 0)
  }
}
