// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Packets that no connection claims.
@Suite struct StrayPacketTests {
  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let packet: [UInt8]
    var forwarding: UInt32 = 0
    var isOn = true
    let isRefused: Bool
  }

  private static let server = End.server()
  private static let other = End([203, 0, 113, 5], port: 6000)

  /// `nat_icmp_send`, about packets of a masqueraded server.
  static let rows: [Row] = [
    Row(testDescription: "TCP", packet: PacketMaker.tcp("A", server, other), isRefused: true),
    Row(
      testDescription: "TCP to the director", packet: PacketMaker.tcp("A", server, .virtual(6000)),
      isRefused: true),
    Row(testDescription: "RST", packet: PacketMaker.tcp("R", server, other), isRefused: false),
    Row(
      testDescription: "another port", packet: PacketMaker.tcp("A", .server(port: 81), other),
      isRefused: false),
    Row(
      testDescription: "another protocol", packet: PacketMaker.udp(server, other),
      isRefused: false),
    Row(
      testDescription: "not masqueraded", packet: PacketMaker.tcp("A", server, other),
      forwarding: 3, isRefused: false),
    Row(
      testDescription: "not asked for", packet: PacketMaker.tcp("A", server, other), isOn: false,
      isRefused: false),
  ]

  @Test(arguments: rows)
  func tellsTheServer(_ row: Row) throws {
    var director = try DirectorModel.serving(
      Sample.service(), Sample.settings(), ServerSettings(forwarding: row.forwarding))
    director.balancer.settings.natIcmpSend = row.isOn ? 1 : 0
    let outcome = director.receive(row.packet)
    let refusals = outcome.toServers.filter { $0[9] == 1 && $0[20...21] == [3, 3] }
    #expect(refusals.count == (row.isRefused ? 1 : 0))
    #expect(outcome.toClients.isEmpty != (!row.isRefused && row.packet[16] == 203))
  }

  @Test(arguments: [(UInt8(0), true), (6, false)] as [(UInt8, Bool)])
  func tellsTheServerOfSCTP(_ chunk: UInt8, _ isRefused: Bool) throws {
    var director = try DirectorModel.serving(Sample.service(transport: 132))
    director.balancer.settings.natIcmpSend = 1
    let outcome = director.receive(PacketMaker.sctp([chunk], Self.server, Self.other))
    #expect(outcome.toServers.isEmpty != isRefused)
  }

  struct Beginning: CustomTestStringConvertible {
    let testDescription: String
    let packet: [UInt8]
    var isSloppy = false
    let isScheduled: Bool
    var reason: DropReason?
  }

  private static let client = End.client()
  private static let virtual = End.virtual()

  /// What connections begin with, by the switches `sloppy_tcp` and `sloppy_sctp`.
  static let beginnings: [Beginning] = [
    Beginning(
      testDescription: "SYN", packet: PacketMaker.tcp("S", client, virtual), isScheduled: true),
    Beginning(
      testDescription: "SYN with ACK", packet: PacketMaker.tcp("SA", client, virtual),
      isScheduled: true),
    Beginning(
      testDescription: "SYN with RST", packet: PacketMaker.tcp("SR", client, virtual),
      isScheduled: false),
    Beginning(
      testDescription: "ACK", packet: PacketMaker.tcp("A", client, virtual), isScheduled: false),
    Beginning(
      testDescription: "ACK, sloppy", packet: PacketMaker.tcp("A", client, virtual),
      isSloppy: true, isScheduled: true),
    Beginning(
      testDescription: "RST, sloppy", packet: PacketMaker.tcp("R", client, virtual),
      isSloppy: true, isScheduled: false),
    Beginning(
      testDescription: "source port 20",
      packet: PacketMaker.tcp("S", .client(port: 20), virtual), isScheduled: false),
    Beginning(
      testDescription: "INIT", packet: PacketMaker.sctp([1], client, virtual), isScheduled: true),
    Beginning(
      testDescription: "DATA", packet: PacketMaker.sctp([0], client, virtual),
      isScheduled: false),
    Beginning(
      testDescription: "DATA, sloppy", packet: PacketMaker.sctp([0], client, virtual),
      isSloppy: true, isScheduled: true),
    Beginning(
      testDescription: "ABORT, sloppy", packet: PacketMaker.sctp([6], client, virtual),
      isSloppy: true, isScheduled: false),
    Beginning(
      testDescription: "SCTP without a chunk", packet: PacketMaker.sctp([], client, virtual),
      isScheduled: false, reason: .truncated),
    Beginning(
      testDescription: "UDP", packet: PacketMaker.udp(client, virtual, []), isScheduled: true),
    Beginning(
      testDescription: "ESP", packet: PacketMaker.bare(50, client, virtual), isScheduled: false),
    Beginning(
      testDescription: "AH", packet: PacketMaker.bare(51, client, virtual), isScheduled: false),
  ]

  @Test(arguments: beginnings)
  func begins(_ row: Beginning) throws {
    var director = try DirectorModel.serving()
    for transport in [17, 132] as [UInt16] {
      try director.add(Sample.service(transport: transport))
    }
    director.balancer.settings.sloppyTcp = row.isSloppy ? 1 : 0
    director.balancer.settings.sloppySctp = row.isSloppy ? 1 : 0
    let outcome = director.receive(row.packet)
    #expect(outcome.toServers.isEmpty == !row.isScheduled)
    #expect(outcome.isDelivered == (!row.isScheduled && row.reason == nil))
    #expect(outcome.dropReason == row.reason)
    #expect(director.table.count == (row.isScheduled ? 1 : 0))
  }
}
