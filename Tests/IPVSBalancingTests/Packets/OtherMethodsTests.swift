// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import Testing

@testable import IPVSBalancing

/// Packets of servers that are not masqueraded, where these pass the director.
@Suite struct OtherMethodsTests {
  /// A service of UDP whose server answers by itself, with one connection.
  private static func director(forwarding: UInt32, mtu: Int = 1500) throws -> DirectorModel {
    var director = try DirectorModel.serving(
      Sample.service(53, transport: 17), Sample.settings(),
      ServerSettings(forwarding: forwarding))
    director.network.serverMTU = mtu
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    return director
  }

  @Test(arguments: [2, 3] as [UInt32])
  func anAnswerIsCountedAndUntouched(_ forwarding: UInt32) throws {
    var director = try Self.director(forwarding: forwarding)
    var answer = PacketMaker.udp(.virtual(53), .client())
    answer[26...27] = [0, 0]
    director.wait(seconds: 100)
    let sent = director.receive(answer).toClients.first
    #expect(sent?[12...] == answer[12...])
    #expect(director.timedTable == ["UDP C6336407 9C41 0A000001 0035 0A020001 0035 UDP 300"])
    director.balancer.refreshStatistics()
    let totals = director.balancer.totals.totals
    #expect(totals.outboundPackets == 1 && totals.outboundBytes == 29)
  }

  @Test(arguments: [2, 3] as [UInt32])
  func anErrorAboutARequestIsCountedAndUntouched(_ forwarding: UInt32) throws {
    var director = try Self.director(forwarding: forwarding)
    let error = PacketMaker.unreachable(
      PacketMaker.udp(.client(), .virtual(53)), .server(200), .client())
    let sent = director.receive(error).toClients.first
    #expect(sent?[12...] == error[12...])
    #expect(director.balancer.counters.outboundPackets == 1)
  }

  /// An ICMP error is never refused as too big, for any forwarding method.
  @Test(arguments: [0, 2, 3] as [UInt32])
  func anErrorMayExceedTheMTU(_ forwarding: UInt32) throws {
    var director = try Self.director(forwarding: forwarding, mtu: 100)
    let answer = PacketMaker.udp(.virtual(53), .client(), [UInt8](repeating: 1, count: 70))
    let error = PacketMaker.unreachable(answer, .client(99), .virtual(53), quoted: answer.count)
    #expect(error.count > 100)
    let outcome = director.receive(error)
    #expect(outcome.toClients == [] && !outcome.toServers.isEmpty)
  }
}
