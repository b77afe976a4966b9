// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// IPsec goes where the key exchange between the same two hosts goes.
@Suite struct ProtectedPacketTests {
  private static let client = End.client(port: 500)
  private static let virtual = End.virtual(500)

  /// A director of two servers, the second of which has the key exchange.
  private static func director() throws -> DirectorModel {
    var director = try DirectorModel.serving(Sample.service(500, transport: 17), servers: 2)
    _ = director.receive(PacketMaker.udp(.client(9, port: 500), virtual))
    _ = director.receive(PacketMaker.udp(client, virtual))
    return director
  }

  @Test(arguments: [50, 51] as [UInt8])
  func followsTheKeyExchange(_ transport: UInt8) throws {
    var director = try Self.director()
    director.wait(seconds: 100)
    let server = director.server(for: PacketMaker.bare(transport, Self.client, Self.virtual))
    #expect(server == 2)
    let reply = PacketMaker.bare(transport, .server(2), Self.client)
    let sent = director.receive(reply).toClients.first
    #expect(sent?[12..<16] == [10, 0, 0, 1] && sent?[20...] == reply[20...])
    #expect(director.table.count == 2)
    #expect(director.timedTable.contains("UDP C6336407 01F4 0A000001 01F4 0A020002 01F4 UDP 300"))
    #expect(director.balancer.counters.inboundPackets == 3)
    #expect(director.balancer.counters.outboundPackets == 1)
  }

  @Test(arguments: [50, 51] as [UInt8])
  func withoutOneItIsTheDirectors(_ transport: UInt8) throws {
    var director = try Self.director()
    let stranger = director.receive(PacketMaker.bare(transport, .client(8), Self.virtual))
    #expect(stranger.isDelivered)
    let reply = director.receive(PacketMaker.bare(transport, .server(3), Self.client))
    #expect(reply.toClients.first?[12..<16] == [10, 2, 0, 3])
  }

  @Test(arguments: [50, 51] as [UInt8])
  func soDoErrorsAboutIt(_ transport: UInt8) throws {
    var director = try Self.director()
    director.balancer.settings.scheduleIcmp = 1
    let answer = PacketMaker.bare(transport, Self.virtual, Self.client)
    let toServer = director.receive(PacketMaker.unreachable(answer, .client(9), Self.virtual))
    let sent = try #require(toServer.toServers.first)
    #expect(sent[16..<20] == [10, 2, 0, 2] && sent[40..<44] == [10, 2, 0, 2])
    #expect(sent[48..<56] == answer[20..<28])
    let request = PacketMaker.bare(transport, Self.client, .server(2))
    let toClient = director.receive(PacketMaker.unreachable(request, .server(2), Self.client))
    #expect(toClient.toClients.first?[12..<16] == [10, 0, 0, 1])
    let strange = PacketMaker.bare(transport, Self.virtual, .client(8))
    let delivered = director.receive(PacketMaker.unreachable(strange, .client(9), Self.virtual))
    #expect(delivered.isDelivered)
  }
}
