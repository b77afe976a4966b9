// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// The connections of deleted servers (`expire_nodest_conn`).
@Suite struct DeletedServerTests {
  private static let open = PacketMaker.tcp("S", .client(), .virtual())
  private static let data = PacketMaker.tcp("A", .client(), .virtual())
  private static let answer = PacketMaker.tcp("A", .server(), .client())

  /// A director with one connection of the first of two servers.
  private static func director(
    _ settings: ServiceSettings = Sample.settings()
  ) throws -> DirectorModel {
    var director = try DirectorModel.serving(Sample.service(), settings, servers: 2)
    _ = director.receive(open)
    _ = director.receive(data)
    return director
  }

  private static func delete(_ director: inout DirectorModel) throws {
    try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
  }

  @Test func packetsAreDroppedUntilItComesBack() throws {
    var director = try Self.director()
    try Self.delete(&director)
    let before = director.balancer.counters
    director.wait(seconds: 100)
    for packet in [Self.data, Self.open] {
      let reason = director.receive(packet).dropReason
      #expect(reason == .serverGone)
    }
    // The time goes on as it was, but answers are still sent on.
    #expect(director.timedTable.map { $0.split(separator: " ").last } == ["800"])
    let source = director.source(of: Self.answer)
    #expect(source == 1)
    #expect(director.timedTable.map { $0.split(separator: " ").last } == ["900"])
    #expect(director.balancer.counters == before)
    try director.balancer.add(Sample.server(1))
    let server = director.server(for: Self.data)
    #expect(server == 1 && director.balancer.counters.inboundPackets == 3)
  }

  @Test func withTheSwitchAPacketBeginsAnew() throws {
    var director = try Self.director()
    try Self.delete(&director)
    director.balancer.settings.expireNodestConn = 1
    let known = director.receive(Self.data)
    #expect(known.isDelivered)
    let server = director.server(for: Self.open)
    #expect(server == 2)
    director.wait(ticks: 1)
    #expect(director.table == ["TCP C6336407 9C41 0A000001 0050 0A020002 0050 SYN_RECV"])
  }

  @Test func withTheSwitchADatagramBeginsAnewAtOnce() throws {
    let service = Sample.service(53, transport: 17)
    var director = try DirectorModel.serving(service, servers: 2)
    let query = PacketMaker.udp(.client(), .virtual(53))
    _ = director.receive(query)
    director.balancer.settings.expireNodestConn = 1
    // Deleted by hand of the balancer: no sweep comes before the packet.
    try director.balancer.deleteServer(Sample.server(1, port: 53), of: service)
    let server = director.server(for: query)
    #expect(server == 2)
  }

  /// The sweep drops what belongs to no server, templates too, assured or not, within two ticks.
  @Test(arguments: [false, true])
  func aSweepFollows(_ isPersistent: Bool) throws {
    var director = try Self.director(isPersistent ? .persistent(1000) : Sample.settings())
    _ = director.receive(PacketMaker.tcp("S", .client(8), .virtual()))
    director.balancer.settings.expireNodestConn = 1
    try Self.delete(&director)
    director.wait(ticks: 3)
    let left = director.table.filter { $0.contains("0A020001") }
    #expect(left == [] && director.table.count == (isPersistent ? 2 : 1))
  }

  @Test func withoutTheSwitchThereIsNoSweep() throws {
    var director = try Self.director()
    try Self.delete(&director)
    director.wait(ticks: 300)
    #expect(director.table.count == 1)
  }

  /// A template without connections goes as well.
  @Test func theSweepTakesLoneTemplates() throws {
    var director = try Self.director(.persistent(5000))
    director.wait(seconds: 1000)
    #expect(director.table.count == 1)
    director.balancer.settings.expireNodestConn = 1
    try Self.delete(&director)
    director.wait(ticks: 3)
    #expect(director.table == [])
  }
}
