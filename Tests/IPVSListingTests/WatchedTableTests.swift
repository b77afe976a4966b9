// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import Testing

@testable import IPVSListing

/// A table of one service that is read again and again.
struct WatchedScene {
  static let web = ServiceIdentity.endpoint(.tcp, Endpoint("192.0.2.10:80")!)

  private(set) var table = WatchedTable()
  private var time: UInt64 = 1_000_000_000

  static func server(
    _ number: Int, weight: Int = 1, method: ForwardingMethod = .masquerading, upper: UInt32 = 0,
    lower: UInt32 = 0, active: UInt32 = 0, _ totals: Traffic = Traffic()
  ) -> ListedServer {
    ListedServer(
      RealServer(
        Endpoint("10.0.0.\(number):8080")!, forwarding: method, weight: Weight(weight)!,
        upperThreshold: upper, lowerThreshold: lower),
      activeConnections: active, statistics: Statistics(totals: totals))
  }

  static func service(
    _ identity: ServiceIdentity = web, _ servers: [ListedServer] = [],
    _ totals: Traffic = Traffic()
  ) -> ListedService {
    ListedService(
      VirtualService(identity), statistics: Statistics(totals: totals), servers: servers)
  }

  /// Reads the table again.
  mutating func read(_ services: [ListedService], after seconds: Double = 2) {
    time += UInt64(seconds * 1e9)
    table.take(services, at: time)
  }

  mutating func read(_ servers: ListedServer..., after seconds: Double = 2) {
    read([Self.service(Self.web, servers)], after: seconds)
  }

  var servers: [WatchedServer] { table.services[0].servers }
}

@Suite struct WatchedTableTests {
  private func traffic(_ connections: UInt64, _ inbound: UInt64 = 0, _ outbound: UInt64 = 0)
    -> Traffic
  {
    Traffic(
      connections: connections, inboundPackets: inbound, outboundPackets: outbound,
      inboundBytes: inbound * 100, outboundBytes: outbound * 1000)
  }

  @Test("rates are of two reads; of one there are none")
  func rates() {
    var scene = WatchedScene()
    scene.read(WatchedScene.server(1, traffic(100, 40, 50)))
    #expect(scene.servers[0].traffic.rates == nil)
    scene.read(WatchedScene.server(1, traffic(110, 44, 56)), after: 4)
    #expect(
      scene.servers[0].traffic.rates
        == WatchedTraffic.Rates(connections: 2.5, inboundBytes: 100, outboundBytes: 1500))
  }

  @Test("what has not grown since the first read is at rest")
  func rest() {
    var scene = WatchedScene()
    for _ in 0..<2 { scene.read(WatchedScene.server(1, traffic(100))) }
    #expect(scene.servers[0].traffic.rates == WatchedTraffic.Rates())
  }

  @Test(
    "counters that the kernel renews every two seconds give the same rate at any interval",
    arguments: [0.5, 1, 2, 3, 7])
  func renewals(_ interval: Double) {
    var scene = WatchedScene()
    var time = 0.0
    for _ in 0..<40 {
      time += interval
      let renewals = UInt64((time / 2).rounded(.down))
      scene.read(WatchedScene.server(1, traffic(renewals * 20)), after: interval)
    }
    let rate = scene.servers[0].traffic.rates?.connections ?? 0
    // A reading sees whole renewals: at other intervals than theirs, half a renewal more or less.
    #expect(abs(rate - 10) < ([0.5, 1, 2].contains(interval) ? 0.001 : 10 * 1.01 / interval))
    for _ in 0..<20 {
      scene.read(WatchedScene.server(1, traffic(10_000)), after: interval)
    }
    #expect(scene.servers[0].traffic.rates?.connections == 0)
  }

  @Test("a read that comes just before a renewal changes no rate")
  func jitter() {
    var scene = WatchedScene()
    for connections in [0, 20, 40, 40, 80] as [UInt64] {
      scene.read(WatchedScene.server(1, traffic(connections)))
      if connections > 0 { #expect(scene.servers[0].traffic.rates?.connections == 10) }
    }
  }

  @Test("after counters began anew there is no rate, and never a negative one")
  func zeroed() {
    var scene = WatchedScene()
    for connections in [100, 200, 3] as [UInt64] {
      scene.read(WatchedScene.server(1, traffic(connections)))
    }
    #expect(scene.servers[0].traffic.rates == nil)
    scene.read(WatchedScene.server(1, traffic(7)))
    #expect(scene.servers[0].traffic.rates?.connections == 2)
  }

  @Test("services and servers are known again wherever they are, and gone when they are not there")
  func changes() throws {
    var scene = WatchedScene()
    let other = ServiceIdentity.mark(5, .ipv4)
    func service(_ identity: ServiceIdentity, _ connections: UInt64, _ numbers: [Int])
      -> ListedService
    {
      WatchedScene.service(
        identity, numbers.map { WatchedScene.server($0, traffic(connections)) },
        traffic(connections))
    }
    scene.read([service(WatchedScene.web, 10, [1, 2])])
    scene.read([service(other, 100, [1]), service(WatchedScene.web, 14, [3, 2, 1])])
    let (new, web) = (scene.table.services[0], scene.table.services[1])
    #expect(new.traffic.rates == nil && web.traffic.rates?.connections == 2)
    #expect(web.servers.map(\.traffic.rates?.connections) == [nil, 2, 2])
    #expect(scene.table.serverCount == 4)
    scene.read([service(other, 100, [])])
    #expect(scene.table.services.map(\.service.identity) == [other])
    #expect(scene.table.serverCount == 0)
  }

  @Test("shares are of new connections, and of active ones where there are no new ones")
  func shares() {
    var scene = WatchedScene()
    func shares() -> [UInt8?] {
      let wholes = scene.table.services[0].wholes
      return scene.servers.map { $0.share(of: wholes)?.percent }
    }
    scene.read(WatchedScene.server(1), WatchedScene.server(2))
    #expect(shares() == [nil, nil])
    scene.read(WatchedScene.server(1, active: 1), WatchedScene.server(2, active: 2))
    #expect(shares() == [33, 67])
    scene.read(
      WatchedScene.server(1, active: 1, traffic(90)),
      WatchedScene.server(2, active: 2, traffic(10)))
    #expect(shares() == [90, 10])
  }

  @Test(
    "wanted shares are those of the weights",
    arguments: [
      ([10, 20], [33, 67]), ([0, 5], [0, 100]), ([0, 0], [nil, nil]),
      ([Int(Int32.max), Int(Int32.max)], [50, 50]),
    ] as [([Int], [UInt8?])])
  func wanted(_ weights: [Int], _ expected: [UInt8?]) {
    var scene = WatchedScene()
    scene.read([
      WatchedScene.service(
        servers: weights.enumerated().map { WatchedScene.server($0 + 1, weight: $1) })
    ])
    let wholes = scene.table.services[0].wholes
    #expect(scene.servers.map { $0.wantedShare(of: wholes)?.percent } == expected)
  }

  @Test("a server is silent after three times of packets to it and none from it")
  func silence() {
    var scene = WatchedScene()
    var (inbound, outbound): (UInt64, UInt64) = (0, 0)
    func isSilent(_ packets: UInt64, _ answers: UInt64, _ method: ForwardingMethod = .masquerading)
      -> Bool
    {
      inbound += packets
      outbound += answers
      scene.read(WatchedScene.server(1, method: method, traffic(1, inbound, outbound)))
      return scene.servers[0].isSilent
    }
    _ = isSilent(0, 0)
    #expect([isSilent(1, 0), isSilent(1, 0), isSilent(1, 0)] == [false, false, true])
    #expect(scene.table.silentCount == 1)
    #expect(isSilent(0, 0))
    #expect(!isSilent(1, 1))
    #expect([isSilent(1, 0), isSilent(1, 0), isSilent(0, 0)] == [false, false, false])
    #expect(isSilent(1, 0))
    for _ in 0..<5 { #expect(!isSilent(1, 0, .directRouting)) }
  }

  @Test("a server that counts anew is not silent")
  func silenceOfAnother() {
    var scene = WatchedScene()
    for inbound in [5, 6, 7, 8] as [UInt64] {
      scene.read(WatchedScene.server(1, traffic(1, inbound)))
    }
    #expect(scene.servers[0].isSilent)
    scene.read(WatchedScene.server(1, traffic(0, 1)))
    #expect(!scene.servers[0].isSilent)
  }

  @Test(
    "a threshold that was reached holds until the lower one is passed",
    arguments: [
      (0, [9, 10, 8, 7, 8, 9], [false, true, true, false, false, false]),
      (3, [10, 4, 3, 2, 3], [true, true, true, false, false]),
    ] as [(UInt32, [UInt32], [Bool])])
  func thresholds(_ lower: UInt32, _ connections: [UInt32], _ expected: [Bool]) {
    var scene = WatchedScene()
    var found: [Bool] = []
    for active in connections {
      scene.read(WatchedScene.server(1, upper: 10, lower: lower, active: active))
      found.append(scene.servers[0].isFull)
      #expect(scene.table.fullCount == (found.last == true ? 1 : 0))
    }
    #expect(found == expected)
  }

  @Test("the greatest is first, and equal ones are in the order of their names")
  func orders() {
    var scene = WatchedScene()
    let services = [30, 10, 20].map { number in
      ServiceIdentity.endpoint(.tcp, Endpoint("192.0.2.\(number):80")!)
    }
    for factor in [0, 1] as [UInt64] {
      scene.read(
        zip(services, [1, 1, 5] as [UInt64]).map { identity, value in
          WatchedScene.service(
            identity,
            [
              WatchedScene.server(2, weight: 1, active: 1),
              WatchedScene.server(1, weight: 1, active: UInt32(value)),
              WatchedScene.server(3, weight: 7, active: 1),
            ], traffic(value * factor, value * factor, value * factor))
        })
    }
    let table = scene.table
    #expect(table.order(by: .name, sorted: true) == [1, 2, 0])
    #expect(table.order(by: .name, sorted: false) == [0, 1, 2])
    #expect(table.order(by: .weight, sorted: true) == [1, 2, 0])
    for order in [WatchOrder.active, .connections, .inbound, .outbound] {
      #expect(table.order(by: order, sorted: true) == [2, 1, 0])
    }
    #expect(table.services[0].order(by: .name, sorted: true) == [1, 0, 2])
    #expect(table.services[0].order(by: .weight, sorted: true) == [2, 1, 0])
    #expect(table.services[2].order(by: .active, sorted: true) == [1, 0, 2])
  }
}

extension WatchedScene {
  static func service(servers: [ListedServer]) -> ListedService { service(web, servers) }
}
