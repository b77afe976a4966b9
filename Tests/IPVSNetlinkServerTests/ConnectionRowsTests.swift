// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// The connections of an engine, as the family of our own has them.
@Suite struct ConnectionRowsTests {
  private typealias Bytes = RequestBytes

  private static let question = Bytes.message(1, type: 29, flags: 0x301, sequence: 4)

  private struct Network: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? { Route(source: 1) }
  }

  /// A datagram from 198.18.x.y to UDP port 53 of 10.0.0.1.
  private static func packet(_ client: UInt16) -> [UInt8] {
    var bytes: [UInt8] = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 198, 18]
    bytes += [UInt8(client >> 8), UInt8(client & 0xff), 10, 0, 0, 1]
    return bytes + [0x10, 0, 0, 53, 0, 8, 0, 0]
  }

  /// An engine with a service, a server, and datagrams from some clients.
  static func talk(connections: UInt16) throws -> Talk {
    let talk = Talk()
    try talk.withBalancer { balancer in
      let service = ServiceKey(.ipv4, transport: 17, address: 0x0a00_0001, port: 53)
      try balancer.addService(service, ServiceSettings(scheduler: "rr", netmask: .max))
      let server = ServerKey(.ipv4, address: 0x0a02_0001, port: 53)
      try balancer.addServer(server, to: service, ServerSettings(), Talk.recorded)
      for client in 0..<connections {
        var packet = packet(client)
        var header = try PacketHeader(reading: packet.span.bytes)
        var span = packet.mutableSpan
        var raw = span.mutableBytes
        _ = balancer.handle(
          &raw, &header, at: .localIn, routes: Network(), at: Instant(ticks: 0))
      }
    }
    return talk
  }

  @Test func rowsComeInPagesWithoutTheirHeading() throws {
    let talk = try Self.talk(connections: 2000)
    let pages = talk.ask(Self.question)
    let end = try #require(pages.last)
    #expect(SentMessage.all(in: end).map(\.verdict) == [0])
    var rows: [Substring] = []
    for page in pages.dropLast() {
      #expect(page.count <= 32768)
      let messages = SentMessage.all(in: page)
      #expect(messages.map(\.type) == [29] && messages.map(\.command) == [1])
      let leaf = try #require(Leaf.split(messages[0].attributes)?.first)
      #expect(leaf.path == [1] && leaf.payload.last == UInt8(ascii: "\n"))
      rows += String(decoding: leaf.payload, as: UTF8.self).split(separator: "\n")
    }
    #expect(pages.count == 6)
    #expect(rows.count == 2000 && Set(rows).count == 2000)
    #expect(rows.contains("UDP C6120007 1000 0A000001 0035 0A020001 0035 UDP             300"))
  }

  @Test func withoutConnectionsThereIsNothingButTheEnd() throws {
    let talk = try Self.talk(connections: 0)
    #expect(talk.ask(Self.question).map { SentMessage.all(in: $0).map(\.type) } == [[3]])
    #expect(
      talk.ask(Bytes.message(1, type: 29)).map { SentMessage.all(in: $0).map(\.verdict) } == [[95]])
  }
}
