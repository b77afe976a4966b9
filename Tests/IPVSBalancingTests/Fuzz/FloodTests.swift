// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import Testing

@testable import IPVSBalancing

/// A flood of SYNs, each from another address: it takes no more connections than are allowed, and who is
/// connected stays so. What it takes of memory is seen in the program (Tests/Lab/engine).
@Suite struct FloodTests {
  private static let sources = 50_000

  private struct OneRoute: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? { Route(source: 1) }
  }

  private static let service = ServiceKey(.ipv4, transport: 6, address: 0x0a00_0001, port: 80)

  private static func director(connMax: Int32) throws -> Balancer {
    var settings = Settings()
    settings.connMax = connMax
    var balancer = Balancer(settings: settings, seed: 1)
    try balancer.addService(service, ServiceSettings(scheduler: "rr", netmask: .max))
    for host in 1...4 as ClosedRange<UInt128> {
      try balancer.addServer(
        ServerKey(.ipv4, address: 0x0a02_0000 + host, port: 80), to: service, ServerSettings(),
        HostNetwork())
    }
    return balancer
  }

  /// A TCP packet from a client to the service. Its sums are not looked at.
  private static func packet(from source: UInt32, flags: UInt8) -> [UInt8] {
    var packet: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0]
    packet += withUnsafeBytes(of: source.bigEndian, Array.init) + [10, 0, 0, 1]
    packet +=
      [0x9c, 0x40, 0, 80] + [UInt8](repeating: 0, count: 8) + [0x50, flags, 0, 0, 0, 0, 0, 0]
    return packet
  }

  private static func send(
    _ packet: inout [UInt8], to balancer: inout Balancer
  ) throws -> Verdict {
    var span = packet.mutableSpan
    var raw = span.mutableBytes
    var header = try PacketHeader(reading: raw.bytes)
    let now = balancer.now
    return balancer.handle(&raw, &header, at: .localIn, routes: OneRoute(), at: now)
  }

  private static func isSent(_ verdict: Verdict) -> Bool {
    if case .toServer = verdict { true } else { false }
  }

  @Test func holdsAFloodWithinItsBound() throws {
    let limit = max(1000, Self.sources / 10)
    var balancer = try Self.director(connMax: Int32(limit))
    var first = Self.packet(from: 0xc000_0001, flags: 0x02)
    #expect(Self.isSent(try Self.send(&first, to: &balancer)))
    var refused = 0
    for source in 0..<Self.sources {
      var packet = Self.packet(from: 0x0b00_0000 + UInt32(source), flags: 0x02)
      if try Self.send(&packet, to: &balancer) == .drop(.tableFull) { refused += 1 }
      guard source % 1000 == 0 else { continue }
      _ = balancer.advance(to: balancer.now.advanced(byTicks: 1))
      var more = Self.packet(from: 0xc000_0001, flags: 0x10)
      #expect(Self.isSent(try Self.send(&more, to: &balancer)))
      #expect(balancer.connections.count <= limit)
    }
    #expect(refused > Self.sources / 2)
    // The half-open ones end after a minute, and others have their turn.
    _ = balancer.advance(to: balancer.now.advanced(byTicks: 61 * Instant.ticksPerSecond))
    #expect(balancer.connections.count == 1)
    var later = Self.packet(from: 0x0a63_0001, flags: 0x02)
    #expect(Self.isSent(try Self.send(&later, to: &balancer)))
  }

  @Test func shedsHalfOpenConnectionsWhereAsked() throws {
    var balancer = try Self.director(connMax: 1 << 20)
    balancer.settings.dropEntry = 3
    var first = Self.packet(from: 0xc000_0001, flags: 0x02)
    #expect(Self.isSent(try Self.send(&first, to: &balancer)))
    var answer = Self.packet(from: 0xc000_0001, flags: 0x10)
    #expect(Self.isSent(try Self.send(&answer, to: &balancer)))
    for source in 0..<20_000 {
      var packet = Self.packet(from: 0x0b00_0000 + UInt32(source), flags: 0x02)
      _ = try Self.send(&packet, to: &balancer)
    }
    _ = balancer.advance(to: balancer.now.advanced(byTicks: 50 * Instant.ticksPerSecond))
    // A thirty-second part each second: a fifth is left after 50 s.
    #expect((1000..<10_000).contains(balancer.connections.count))
    var more = Self.packet(from: 0xc000_0001, flags: 0x10)
    #expect(Self.isSent(try Self.send(&more, to: &balancer)))
  }
}
