// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSRules

/// The number by which programs see that rules changed.
@Suite struct RulesHashTests {
  private static let timeouts = Timeouts(tcp: 900, tcpFin: 120, udp: 300)

  private static func table() -> Snapshot {
    let servers = [2, 3].map { number in
      ListedServer(
        RealServer(Endpoint(.v4(IPv4Address(0x0a01_0000 + number)), port: 80), weight: .one))
    }
    let services = [
      ListedService(VirtualService(.mark(7, .ipv4))),
      ListedService(
        VirtualService(
          .endpoint(.tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80)), persistence: 60),
        servers: servers),
    ]
    return Snapshot(
      kernel: KernelInfo(version: 0x010201, connectionTableSize: 4096), services: services)
  }

  private func hash(
    _ table: Snapshot, timeouts: Timeouts = timeouts, daemons: [SyncDaemon] = []
  ) -> UInt64 {
    RulesHash(table, timeouts, daemons).value
  }

  /// The hash after a change of the service with servers.
  private func hash(_ change: (inout ListedService) -> Void) -> UInt64 {
    var table = Self.table()
    change(&table.services[1])
    return hash(table)
  }

  @Test("it is exact in a float of 64 bits, and the same in each run")
  func value() {
    #expect(hash(Self.table()) == 5_589_920_378_195_949)
    #expect(hash(Self.table()) < 1 << 53)
  }

  @Test("order, weights, counters, and connections are no rules")
  func same() {
    var reversed = Self.table()
    reversed.services.reverse()
    let expected = hash(Self.table())
    #expect(hash(reversed) == expected)
    #expect(hash { $0.servers.reverse() } == expected)
    #expect(hash { $0.servers[0].server.weight = .quiesced } == expected)
    #expect(hash { $0.servers[0].activeConnections = 5 } == expected)
    #expect(hash { $0.statistics.totals.connections = 5 } == expected)
  }

  @Test("each setting is one")
  func different() throws {
    let name = try #require(KernelName("wrr", atMost: 15))
    var hashes = [
      hash(Self.table()),
      hash(Snapshot(kernel: Self.table().kernel, services: [])),
      hash(Self.table(), timeouts: Timeouts(tcp: 120, tcpFin: 900, udp: 300)),
      hash(Self.table(), daemons: [SyncDaemon(.master)]),
      hash(Self.table(), daemons: [SyncDaemon(.backup)]),
      hash(Self.table(), daemons: [SyncDaemon(.backup, syncID: 1)]),
    ]
    let changes: [(inout ListedService) -> Void] = [
      { $0.service.identity = .mark(7, .ipv6) },
      { $0.service.identity = .mark(8, .ipv4) },
      { $0.service.identity = .endpoint(.udp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80)) },
      { $0.service.identity = .endpoint(.tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 81)) },
      { $0.service.scheduler = name }, { $0.service.flags = .onePacket },
      { $0.service.persistence = nil }, { $0.service.persistence = 61 },
      { $0.service.netmask = .ipv4(IPv4Address(0)) }, { $0.service.engine = name },
      { $0.servers.removeLast() }, { $0.servers[0].server.endpoint.port = 81 },
      { $0.servers[0].server.endpoint.address = .v6(IPv6Address(0x0a01_0002)) },
      { $0.servers[0].server.forwarding = .masquerading },
      { $0.servers[0].server.forwarding = .tunneling },
      {
        $0.servers[0].server.forwarding = .tunneling
        $0.servers[0].server.tunnel.kind = .gre
      },
      { $0.servers[0].server.upperThreshold = 5 }, { $0.servers[0].server.lowerThreshold = 5 },
    ]
    hashes += changes.map(hash)
    #expect(Set(hashes).count == hashes.count)
  }
}
