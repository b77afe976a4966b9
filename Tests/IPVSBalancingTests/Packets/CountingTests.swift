// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import Testing

@testable import IPVSBalancing

/// Which packets are counted, and how long they are.
@Suite struct CountingTests {
  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let packet: [UInt8]
    var inbound = 0
    var outbound = 0
  }

  private static let long = PacketMaker.tcp("A", .client(), .virtual(), length: 1000)
  private static let unbound = PacketMaker.tcp(
    "A", .client(), .virtual(), length: 1000, isBound: false)

  static let rows: [Row] = [
    Row(
      testDescription: "request", packet: PacketMaker.tcp("A", .client(), .virtual()), inbound: 40),
    Row(testDescription: "long, in pieces", packet: unbound, inbound: 1040),
    Row(testDescription: "too long", packet: long, inbound: 1040),
    Row(
      testDescription: "at the end of its time",
      packet: PacketMaker.tcp("A", .client(), .virtual(), ttl: 1), inbound: 40),
    Row(
      testDescription: "reply", packet: PacketMaker.tcp("A", .server(), .client(), length: 10),
      outbound: 50),
    Row(
      testDescription: "error of the client",
      packet: PacketMaker.unreachable(
        PacketMaker.tcp("A", .virtual(), .client()), .client(), .virtual()), inbound: 56),
    Row(
      testDescription: "error of the server",
      packet: PacketMaker.unreachable(
        PacketMaker.tcp("A", .client(), .server()), .server(), .client()), outbound: 56),
    Row(testDescription: "a stranger", packet: PacketMaker.tcp("A", .client(8), .virtual())),
    Row(testDescription: "a strange reply", packet: PacketMaker.tcp("A", .server(9), .client())),
  ]

  @Test(arguments: rows)
  func counts(_ row: Row) throws {
    var director = try DirectorModel.serving()
    director.network.serverMTU = 600
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    let before = director.balancer.counters
    _ = director.receive(row.packet)
    var expected = before
    expected.inboundBytes += UInt64(row.inbound)
    expected.outboundBytes += UInt64(row.outbound)
    if row.inbound > 0 { expected.inboundPackets += 1 }
    if row.outbound > 0 { expected.outboundPackets += 1 }
    #expect(director.balancer.counters == expected)
    let server = try director.balancer.index(Sample.server(1))
    #expect(director.balancer.serverTraffic[server.value] == expected)
    let service = try director.balancer.recordIndex()
    #expect(director.balancer.serviceTraffic[service.value] == expected)
  }

  /// The same packets of a server that is deleted are sent on, or not, but count nowhere.
  @Test(arguments: rows)
  func nothingCountsWhileTheServerIsDeleted(_ row: Row) throws {
    var director = try DirectorModel.serving()
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    let server = try director.balancer.index(Sample.server(1))
    try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
    let before = director.balancer.counters
    _ = director.receive(row.packet)
    #expect(director.balancer.counters == before)
    #expect(director.balancer.serverTraffic[server.value] == before)
  }

  /// Packets of programs on the director are counted like others.
  @Test func theDirectorsOwnClientsAreServed() throws {
    var director = try DirectorModel.serving()
    let own = End([10, 0, 0, 2], port: 40_001)
    var packet = PacketMaker.tcp("S", own, .virtual())
    var header = try PacketHeader(reading: packet.span.bytes)
    var span = packet.mutableSpan
    var raw = span.mutableBytes
    let verdict = director.balancer.handle(
      &raw, &header, at: .localOut, routes: director.network, at: director.now)
    guard case .toServer(let transmission) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(transmission.nextHop == 0x0a02_0001 && packet[16..<20] == [10, 2, 0, 1])
    let reply = director.receive(PacketMaker.tcp("SA", .server(), own))
    #expect(reply.toClients.first?[12..<16] == [10, 0, 0, 1])
    #expect(director.balancer.counters.inboundPackets == 1)
    #expect(director.balancer.counters.outboundPackets == 1)
  }
}
