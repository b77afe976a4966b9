// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// `cache_bypass`: where a service by mark has no server, packets go on to where they were addressed.
@Suite struct BypassTests {
  private static let origin = End([203, 0, 113, 5], port: 80)

  private static func director(flags: UInt32 = 0) throws -> DirectorModel {
    var director = try DirectorModel.serving(
      ServiceKey(.ipv4, mark: 5), Sample.settings(flags: flags), servers: 0)
    director.balancer.settings.cacheBypass = 1
    return director
  }

  @Test func theConnectionGoesPastAllServers() throws {
    var director = try Self.director()
    let packet = PacketMaker.tcp("S", .client(), Self.origin)
    let outcome = director.receive(packet, mark: 5)
    let sent = try #require(outcome.toClients.first)
    #expect(sent[8] == 63 && sent[12...] == packet[12...])
    #expect(director.table == ["TCP C6336407 9C41 CB007105 0050 00000000 0000 SYN_RECV"])
    #expect(director.balancer.counters == Counters())
    for flags in ["A", "FA"] {
      _ = director.receive(PacketMaker.tcp(flags, .client(), Self.origin), mark: 5)
    }
    #expect(director.table == ["TCP C6336407 9C41 CB007105 0050 00000000 0000 CLOSE_WAIT"])
  }

  @Test func oneOfOnePacketLeavesNothing() throws {
    var director = try Self.director(flags: 4)
    let outcome = director.receive(PacketMaker.udp(.client(), Self.origin), mark: 5)
    #expect(outcome.toClients.count == 1)
    #expect(director.table == [])
  }

  @Test func theDirectorsOwnAddressIsNotPassed() throws {
    var director = try Self.director()
    let outcome = director.receive(PacketMaker.tcp("S", .client(), .virtual()), mark: 5)
    // Port unreachable.
    #expect(outcome.toClients.first?[20...21] == [3, 3])
    #expect(director.table == [])
  }

  @Test func itMustBeAskedFor() throws {
    var director = try Self.director()
    director.balancer.settings.cacheBypass = 0
    _ = director.receive(PacketMaker.tcp("S", .client(), Self.origin), mark: 5)
    #expect(director.table == [])
  }

  @Test func aFullTableTakesNone() throws {
    var director = try Self.director()
    director.balancer.settings.connMax = 0
    let outcome = director.receive(PacketMaker.tcp("S", .client(), Self.origin), mark: 5)
    #expect(outcome.dropReason == .tableFull)
  }
}
