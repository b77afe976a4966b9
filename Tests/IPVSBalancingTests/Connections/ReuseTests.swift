// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// When a client that opens a connection again gets another server (`conn_reuse_mode`).
@Suite struct ReuseTests {
  struct Row: CustomTestStringConvertible {
    let mode: Int32

    /// Flags of packets, those of the server behind a `>`.
    let walk: [String]
    var forwarding: UInt32 = 0
    var isPersistent = false
    let isAnew: Bool

    var testDescription: String { "mode \(mode), \(walk), \(forwarding), \(isPersistent)" }
  }

  private static let reset = ["S", "A", "R"]
  private static let waiting = ["S", "A", "FA", ">FA", "A"]

  static let rows: [Row] = [
    Row(mode: 0, walk: reset, isAnew: false),
    Row(mode: 1, walk: reset, isAnew: true),
    Row(mode: 2, walk: reset, isAnew: true),
    Row(mode: 3, walk: reset, isAnew: true),
    Row(mode: 0, walk: waiting, isAnew: false),
    Row(mode: 1, walk: waiting, isAnew: true),
    Row(mode: 1, walk: ["S", "A"], isAnew: false),
    Row(mode: 3, walk: ["S"], isAnew: false),
    // FIN_WAIT, which the director sees end only if it sees the server's packets.
    Row(mode: 1, walk: ["S", "A", "FA"], forwarding: 3, isAnew: false),
    Row(mode: 2, walk: ["S", "A", "FA"], forwarding: 3, isAnew: true),
    Row(mode: 3, walk: ["S", "A", "FA"], forwarding: 3, isAnew: true),
    Row(mode: 3, walk: ["S", "A", ">FA"], isAnew: false),
    Row(mode: 1, walk: reset, isPersistent: true, isAnew: false),
  ]

  private static func walk(
    _ director: inout DirectorModel, _ steps: [String], server: End = .server()
  ) {
    for step in steps {
      _ = director.receive(
        step.hasPrefix(">")
          ? PacketMaker.tcp(String(step.dropFirst()), server, .client())
          : PacketMaker.tcp(step, .client(), .virtual()))
    }
  }

  @Test(arguments: rows)
  func begins(_ row: Row) throws {
    var director = try DirectorModel.serving(
      Sample.service(), row.isPersistent ? .persistent() : Sample.settings(), servers: 2,
      ServerSettings(forwarding: row.forwarding))
    director.balancer.settings.connReuseMode = row.mode
    Self.walk(&director, row.walk)
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    #expect(director.balancer.counters.connections == (row.isAnew ? 2 : 1))
    director.wait(ticks: 2)
    let servers = director.table.map { $0.split(separator: " ")[5] }
    #expect(Set(servers) == [row.isAnew ? "0A020002" : "0A020001"])
  }

  /// The old one is counted until its time has run out, a tick later.
  @Test func bothAreThereForATick() throws {
    var director = try DirectorModel.serving(servers: 2)
    Self.walk(&director, Self.reset + ["S"])
    #expect(director.table.count == 2)
    #expect(director.balancer.servers().map(\.inactiveConnections) == [1, 0])
    #expect(director.balancer.servers().map(\.activeConnections) == [0, 1])
    let source = director.source(of: PacketMaker.tcp("SA", .server(2), .client()))
    #expect(source == 1)
    director.wait(ticks: 1)
    #expect(director.balancer.servers().map(\.inactiveConnections) == [0, 0])
  }

  @Test(arguments: [0, 1] as [Int32])
  func aQuiescedServerGetsNoNewOnesIfAskedFor(_ isOn: Int32) throws {
    var director = try DirectorModel.serving(servers: 2)
    director.balancer.settings.connReuseMode = 0
    director.balancer.settings.expireNodestConn = isOn
    Self.walk(&director, ["S", "A"])
    try director.balancer.editServer(
      Sample.server(1), of: Sample.service(), ServerSettings(weight: 0))
    let data = director.server(for: PacketMaker.tcp("A", .client(), .virtual()))
    let open = director.server(for: PacketMaker.tcp("S", .client(), .virtual()))
    #expect(data == 1 && open == (isOn == 1 ? 2 : 1))
  }

  @Test func anAssociationIsOpenedAnewOnceItIsClosed() throws {
    var director = try DirectorModel.serving(Sample.service(transport: 132), servers: 2)
    let (client, virtual) = (End.client(), End.virtual())
    for chunk in [1, 1] as [UInt8] {
      _ = director.receive(PacketMaker.sctp([chunk], client, virtual))
    }
    #expect(director.balancer.counters.connections == 1)
    for chunk in [6, 1] as [UInt8] {
      _ = director.receive(PacketMaker.sctp([chunk], client, virtual))
    }
    #expect(director.balancer.counters.connections == 2)
  }
}
