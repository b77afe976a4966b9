// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSForwarding

/// What the forwarder does beside the balancer: time to live, offloads, egress, tunnels.
@Suite struct ForwarderTests {
  private static let masquerading: UInt32 = 0
  private static let tunneling: UInt32 = 2
  private static let directRouting: UInt32 = 3

  /// Forwards one packet to a server with some forwarding method.
  private func pass(
    _ packet: [UInt8], _ method: UInt32 = masquerading, offload: PacketOffload = PacketOffload(),
    behind router: PortCapabilities.Router = .system(restoresTimeToLive: true), mtu: Int = 1500,
    isSent: Bool = true
  ) throws -> (sent: [ArrayPort.Sent], counters: ForwardingCounters) {
    let server = ServerSettings(forwarding: method)
    var director = TestDirector(try Site.balancer(server, serverPort: 5353), router)
    var port = ArrayPort([packet], offload: offload, router)
    port.accepts = isSent
    director.turn(&port, mtu: mtu)
    return (port.sent, director.forwarder.counters)
  }

  /// A partial checksum of UDP.
  private static var partial: PacketOffload {
    var offload = PacketOffload()
    offload.checksum = .partial
    offload.checksumStart = 20
    offload.checksumOffset = 6
    return offload
  }

  @Test("the time to live that routers decrement is restored, for requests and replies")
  func hops() throws {
    let packet = Datagram.ipv4(length: 60)
    let (sent, counters) = try pass(packet)
    #expect(sent.count == 1 && counters.toServers == 1)
    // 64 is restored to 65, and IPVS decrements it; for the router that will, it is restored again.
    #expect(sent[0].egress == .routed && sent[0].bytes[8] == 65)
    #expect(Array(sent[0].bytes[16..<20]) == [10, 2, 0, 1])
    let other = try pass(packet, behind: .system(restoresTimeToLive: false)).sent
    #expect(other[0].bytes[8] == 63)
  }

  @Test("a packet of several segments passes whole, with its offload, if a segment fits the MTU")
  func segments() throws {
    var offload = Self.partial
    offload.segmentKind = 5
    offload.headersLength = 28
    offload.segmentSize = 1400
    var packet = Datagram.ipv4(length: 60_000)
    packet[6] = 0x40
    packet.finishIPv4Header()
    let sent = try pass(packet, offload: offload, mtu: 1428).sent
    #expect(sent.first?.offload == offload)
    #expect(sent.first?.bytes.count == 60_000)
    let (errors, counters) = try pass(packet, offload: offload, mtu: 1427)
    #expect(errors.map { $0.bytes[20] } == [3] && counters.refused == 1)
  }

  @Test("direct routing changes only the time to live, and completes the checksum")
  func directRouting() throws {
    let packet = Datagram.ipv4(length: 61)
    let (sent, counters) = try pass(packet, Self.directRouting, offload: Self.partial)
    #expect(sent.count == 1 && counters.toServers == 1)
    #expect(sent[0].nextHop == .v4(IPv4Address(0x0a02_0001)))
    #expect(sent[0].offload == PacketOffload())
    #expect(sent[0].bytes[8] == 64)
    #expect(Array(sent[0].bytes[12..<26]) == Array(packet[12..<26]))
    // The partial sum was 0, so that the checksum is that of the datagram alone.
    let bytes = sent[0].bytes
    let sum = InternetChecksum.sum(of: bytes.span.bytes, in: 20..<61)
    #expect(InternetChecksum.fold(sum) == 0xffff)
  }

  @Test("a tunnel's source is the director, and its packets are fragmented for the MTU")
  func tunnels() throws {
    let packet = Datagram.ipv4(length: 1000)
    let (sent, counters) = try pass(packet, Self.tunneling)
    #expect(sent.count == 1 && counters.toServers == 1)
    #expect(sent[0].nextHop == .v4(IPv4Address(0x0a02_0001)))
    #expect(sent[0].bytes.count == 1020 && sent[0].bytes[9] == 4)
    #expect(Array(sent[0].bytes[12..<20]) == [10, 2, 0, 0xfe, 10, 2, 0, 1])
    let narrow = try pass(packet, Self.tunneling, mtu: 576).sent
    #expect(narrow.map(\.bytes.count) == [572, 468])
    #expect(narrow.map { $0.bytes[6] & 0x20 } == [0x20, 0])
  }

  @Test("a packet of several segments does not go into a tunnel")
  func wrappedSegments() throws {
    var offload = Self.partial
    offload.segmentKind = 5
    let (sent, counters) = try pass(
      Datagram.ipv4(length: 1000), Self.tunneling, offload: offload)
    #expect(sent.isEmpty && counters.lost == 1)
  }

  @Test("a packet that the port does not take is lost, and counted")
  func full() throws {
    let packet = Datagram.ipv4(length: 1000)
    #expect(try pass(packet, isSent: false).counters.lost == 1)
    var refused = packet
    refused[6] = 0x40
    refused.finishIPv4Header()
    let (sent, counters) = try pass(refused, mtu: 576, isSent: false)
    // The ICMP error was not taken either.
    #expect(sent.map { $0.bytes[20] } == [3] && counters.refused == 1 && counters.lost == 1)
  }

  @Test("an error about a packet to the director comes from the packet's destination")
  func refusal() throws {
    var packet = Datagram.ipv4(length: 1000)
    packet[6] = 0x40
    packet.finishIPv4Header()
    let message = try #require(try pass(packet, mtu: 576).sent.first?.bytes)
    #expect(Array(message[12..<20]) == [10, 0, 0, 1, 0xc6, 0x33, 0x64, 7])
    #expect(message[8] == 65 && message[20] == 3 && message[21] == 4)
    #expect(Array(message[26..<28]) == [2, 64])
    // Quoted as received.
    #expect(message[28 + 8] == 64)
  }
}
