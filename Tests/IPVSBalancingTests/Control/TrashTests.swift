// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

@Suite struct TrashTests {
  /// A balancer whose one server is deleted while a connection names its record.
  private static func delete(
    in balancer: inout Balancer
  ) throws -> Slab<ServerRecord>.Index {
    let index = try balancer.index(Sample.server(1))
    balancer.servers[index].bindConnection(balancer.settings)
    balancer.serverTraffic[index.value].connections = 5
    balancer.refreshStatistics()
    try balancer.deleteServer(Sample.server(1), of: Sample.service())
    return index
  }

  @Test func aServerComesBackWithItsConnections() throws {
    var balancer = try Balancer.with(1)
    let index = try Self.delete(in: &balancer)
    #expect(balancer.servers().isEmpty && !balancer.servers[index].isAvailable)
    try balancer.add(Sample.server(1), ServerSettings(weight: 0))
    let server = try #require(balancer.servers().first)
    #expect(server.inactiveConnections == 1 && server.settings.weight == 0)
    #expect(server.statistics.totals.connections == 5)
    #expect(try balancer.index(Sample.server(1)) == index)
    #expect(balancer.servers[index].isAvailable && balancer.servers[index].lastWeight == 0)
  }

  @Test func underANewServiceOfTheSameKeyItBeginsToCountAnew() throws {
    var balancer = try Balancer.with(1)
    let index = try Self.delete(in: &balancer)
    try balancer.deleteService(Sample.service())
    try balancer.addService(Sample.service(), Sample.settings())
    try balancer.add(Sample.server(1))
    let server = try #require(balancer.servers().first)
    #expect(try balancer.index(Sample.server(1)) == index)
    #expect(server.inactiveConnections == 1 && server.statistics.totals.connections == 0)
  }

  @Test func anotherServiceOrPortGetsAnotherRecord() throws {
    var balancer = try Balancer.with(1)
    let index = try Self.delete(in: &balancer)
    let other = Sample.service(81)
    try balancer.addService(other, Sample.settings())
    try balancer.add(Sample.server(1), to: other)
    try balancer.add(Sample.server(1, port: 81))
    #expect(try balancer.index(Sample.server(1), of: other) != index)
    #expect(balancer.servers().map(\.inactiveConnections) == [0])
  }

  @Test func marksAreTheSameServiceInBothFamilies() throws {
    var balancer = Balancer(seed: 1)
    let (mark, mark6) = (ServiceKey(.ipv4, mark: 7), ServiceKey(.ipv6, mark: 7))
    try balancer.addService(mark, Sample.settings())
    var settings = Sample.settings()
    settings.netmask = 128
    try balancer.addService(mark6, settings)
    try balancer.add(Sample.server(1), ServerSettings(forwarding: 2), to: mark)
    let index = try balancer.index(Sample.server(1), of: mark)
    try balancer.deleteServer(Sample.server(1), of: mark)
    try balancer.add(Sample.server(1), ServerSettings(forwarding: 2), to: mark6)
    #expect(try balancer.index(Sample.server(1), of: mark6) == index)
    let owner = try balancer.recordIndex(mark6)
    #expect(balancer.servers[index].owner == owner)
  }

  /// Minute by minute: a record without users is stamped on one pass, and freed on the first one that
  /// is two minutes later.
  @Test func recordsAreFreedTwoMinutesAfterTheirLastUserWasMissed() throws {
    var balancer = try Balancer.with(1)
    let index = try Self.delete(in: &balancer)
    for minute in 1...10 { balancer.collectTrash(at: Instant(seconds: 60 * UInt64(minute))) }
    #expect(balancer.servers.count == 1)
    balancer.servers[index].unbindConnection(wasActive: false, balancer.settings)
    for minute in 11...12 { balancer.collectTrash(at: Instant(seconds: 60 * UInt64(minute))) }
    #expect(balancer.servers.count == 1)
    balancer.collectTrash(at: Instant(seconds: 60 * 13))
    #expect(balancer.servers.count == 0 && balancer.trash.count == 0)
    try balancer.add(Sample.server(1))
    #expect(balancer.servers().map(\.inactiveConnections) == [0])
  }

  /// A cache that names a deleted server lets go of it with its service.
  @Test func schedulersReleaseWhatTheyHold() throws {
    var balancer = try Balancer.with(1, scheduler: "lblc")
    let service = try balancer.recordIndex()
    let picked = balancer.pick(Sample.flow, for: service, at: Instant(ticks: 0))
    let index = try #require(picked)
    #expect(balancer.servers[index].users == 1)
    try balancer.deleteService(Sample.service())
    #expect(balancer.servers[index].users == 0)
    for minute in 1...3 { balancer.collectTrash(at: Instant(seconds: 60 * UInt64(minute))) }
    #expect(balancer.servers.count == 0)
  }

  /// Someone adds and deletes other servers all the time: what nothing names does not pile up.
  @Test func unusedRecordsHaveABound() throws {
    var balancer = try Balancer.with(1)
    let index = try Self.delete(in: &balancer)
    for number in 1...150_000 {
      let key = Sample.server(number, port: 90)
      try balancer.add(key)
      try balancer.deleteServer(key, of: Sample.service())
    }
    #expect(balancer.servers.count <= 131_073)
    #expect(balancer.servers[index].inactiveConnections == 1)
  }
}
