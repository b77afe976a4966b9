// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Which ICMP errors about connections are dropped for their checksum, as measured on Linux 6.1.176, 6.1.192,
/// 6.12, and 7.2.
@Suite struct ErrorChecksumTests {
  private static let mended = KernelRelease(6, 1, 192)
  private static let masquerading = ServerSettings()
  private static let tunneling = ServerSettings(forwarding: 2)
  private static let directRouting = ServerSettings(forwarding: 3)

  struct Row: CustomTestStringConvertible {
    let isIPv6: Bool
    let settings: ServerSettings
    let kernel: KernelRelease
    let isDropped: Bool

    var testDescription: String {
      "\(isIPv6 ? "IPv6" : "IPv4"), method \(settings.forwarding), as \(kernel)"
    }
  }

  private static func rows(as kernel: KernelRelease, isIPv6: Bool) -> [Row] {
    [masquerading, tunneling, directRouting].map { settings in
      Row(
        isIPv6: isIPv6, settings: settings, kernel: kernel,
        isDropped: kernel < mended ? !isIPv6 : settings.forwarding == 0)
    }
  }

  static let rows: [Row] = [KernelRelease.oldest, mended, .newest].flatMap { kernel in
    rows(as: kernel, isIPv6: false) + rows(as: kernel, isIPv6: true)
  }

  /// A director with one connection.
  private static func director(_ row: Row) throws -> DirectorModel {
    let service =
      row.isIPv6
      ? ServiceKey(.ipv6, transport: 6, address: 0x2001_0db8 << 96 | 1, port: 80) : Sample.service()
    var director = try DirectorModel.serving(
      service, ServiceSettings(scheduler: "rr", netmask: row.isIPv6 ? 128 : .max), row.settings)
    director.balancer.settings.kernel = row.kernel
    let opened = director.receive(PacketMaker.tcp("S", client(row), virtual(row)))
    #expect(opened.toServers.count == 1)
    return director
  }

  private static func client(_ row: Row) -> End { row.isIPv6 ? .client6() : .client() }

  private static func virtual(_ row: Row) -> End { row.isIPv6 ? .virtual6() : .virtual() }

  /// Where the checksum of an error is.
  private static func checksum(_ row: Row) -> Int { row.isIPv6 ? 42 : 22 }

  @Test(arguments: rows)
  func ofAClient(_ row: Row) throws {
    var director = try Self.director(row)
    let (client, virtual) = (Self.client(row), Self.virtual(row))
    let before = director.balancer.counters.inboundPackets
    var error = PacketMaker.unreachable(
      PacketMaker.tcp("SA", virtual, client), client, virtual)
    #expect(director.receive(error).toServers.count == 1)
    error[Self.checksum(row)] ^= 0x55
    let outcome = director.receive(error)
    #expect(outcome.toServers.count == (row.isDropped ? 0 : 1))
    #expect(outcome.dropReason == (row.isDropped ? .checksum : nil))
    // What is dropped is not counted.
    #expect(director.balancer.counters.inboundPackets == before + (row.isDropped ? 1 : 2))
  }

  @Test(arguments: rows.filter { $0.settings.forwarding == 0 })
  func ofAMasqueradedServer(_ row: Row) throws {
    var director = try Self.director(row)
    let client = Self.client(row)
    let server: End = row.isIPv6 ? .server6() : .server()
    var error = PacketMaker.unreachable(PacketMaker.tcp("A", client, server), server, client)
    let isLost = row.isIPv6 && row.kernel < Self.mended
    #expect(director.receive(error).toClients.count == (isLost ? 0 : 1))
    error[Self.checksum(row)] ^= 0x55
    #expect(director.receive(error).dropReason == .checksum)
  }
}
