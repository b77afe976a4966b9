// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// How connections end.
@Suite struct ExpiryTests {
  private static func open(_ port: UInt16 = 40_001) -> [UInt8] {
    PacketMaker.tcp("S", .client(port: port), .virtual())
  }

  private static let data = PacketMaker.tcp("A", .client(), .virtual())

  @Test func aConnectionEndsAtItsTime() throws {
    var director = try DirectorModel.serving()
    _ = director.receive(Self.open())
    director.wait(ticks: 5999)
    #expect(director.table.count == 1)
    director.wait(ticks: 1)
    #expect(director.table == [])
    let report = try #require(director.balancer.servers().first)
    #expect(report.activeConnections == 0 && report.inactiveConnections == 0)
  }

  /// Reading and not being answered to does not keep a connection alive; packets of both sides do.
  @Test func packetsOfBothSidesKeepItAlive() throws {
    var director = try DirectorModel.serving(Sample.service(53, transport: 17))
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    for _ in 0..<3 {
      director.wait(seconds: 299)
      _ = director.receive(PacketMaker.udp(.server(1, port: 53), .client()))
      director.wait(seconds: 299)
      _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    }
    #expect(director.balancer.counters.connections == 1)
    let error = PacketMaker.unreachable(
      PacketMaker.udp(.virtual(53), .client()), .client(), .virtual(53))
    director.wait(seconds: 200)
    _ = director.receive(error)
    director.wait(seconds: 100)
    #expect(director.table == [])
  }

  /// Neither in one go, nor in steps, nor in a leap over hours.
  @Test(arguments: [1, 100, 17_000, 1_000_000] as [UInt64])
  func theStepsOfTimeDoNotMatter(_ step: UInt64) throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(50), servers: 2)
    for number in 1...20 as ClosedRange<UInt16> {
      _ = director.receive(
        PacketMaker.tcp("S", .client(UInt8(number), port: number), .virtual()))
      director.wait(ticks: 1)
    }
    var left = 11_000 as Int64
    while left > 0 {
      director.wait(ticks: step)
      left -= Int64(step)
    }
    #expect(director.table.isEmpty)
    #expect(director.balancer.servers().map(\.persistentConnections) == [0, 0])
    #expect(director.balancer.servers().map(\.inactiveConnections) == [0, 0])
  }

  @Test func timeDoesNotGoBackwards() throws {
    var director = try DirectorModel.serving()
    director.wait(seconds: 1000)
    _ = director.receive(Self.open())
    let rows = director.timedTable
    let isDone = director.balancer.advance(to: Instant(seconds: 10))
    #expect(isDone && director.balancer.now == Instant(seconds: 1000))
    #expect(director.timedTable == rows)
  }

  /// Bit by bit everything comes to the same.
  @Test(arguments: [1, 3, 50] as [Int])
  func boundedWorkResumes(_ limit: Int) throws {
    var seed = Seed(for: "bounded work")
    let choices = (0..<300).map { _ in seed.next() }
    let (rows, calls) = try Self.run(choices, limit: limit)
    let (expected, _) = try Self.run(choices, limit: .max)
    #expect(rows == expected && !expected.isEmpty, "seed \(seed.seed)")
    #expect(calls > 600 / limit)
  }

  private static func run(_ choices: [UInt64], limit: Int) throws -> ([String], calls: Int) {
    var director = try DirectorModel.serving(Sample.service(), .persistent(40), servers: 2)
    director.balancer.settings.expireNodestConn = 1
    var log: [String] = []
    var calls = 0
    for (number, choice) in choices.enumerated() {
      let flags = ["S", "S", "A", "R"][Int(choice % 4)]
      let client = End.client(UInt8(choice >> 8 % 20), port: UInt16(choice >> 16 % 9))
      _ = director.receive(PacketMaker.tcp(flags, client, .virtual()))
      if number == 100 {
        try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
      }
      director.now = director.now.advanced(byTicks: choice >> 32 % 300)
      repeat { calls += 1 } while !director.balancer.advance(to: director.now, limit: limit)
      log += director.timedTable + ["\(director.balancer.counters)"]
    }
    return (log, calls)
  }

  /// A forced end takes an unused template along if it was never answered.
  @Test(arguments: [false, true])
  func aForcedEndTakesItsTemplateAlong(_ isAssured: Bool) throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(1000))
    _ = director.receive(Self.open())
    if isAssured { _ = director.receive(Self.data) }
    var slot: UInt32 = 0
    while let index = director.balancer.connections.next(from: &slot) {
      if !director.balancer.connections[index].isTemplate {
        director.balancer.drop(index, at: director.now)
      }
    }
    director.wait(ticks: 2)
    #expect(director.table.count == (isAssured ? 1 : 0))
  }

  @Test func aForcedEndLeavesATemplateWithOtherConnections() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(1000))
    _ = director.receive(Self.open())
    _ = director.receive(Self.open(40_002))
    var slot: UInt32 = 0
    while let index = director.balancer.connections.next(from: &slot) {
      if director.balancer.connections[index].clientPort == 40_001 {
        director.balancer.drop(index, at: director.now)
      }
    }
    director.wait(ticks: 2)
    #expect(director.table.count == 2)
  }

  // MARK: - Timeouts

  @Test func timeoutsHoldForStatesFromThenOn() throws {
    var director = try DirectorModel.serving()
    try director.add(Sample.service(53, transport: 17))
    _ = director.receive(Self.open())
    _ = director.receive(Self.data)
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    try director.balancer.setTimeouts(tcp: 7, tcpFin: 8, udp: 9)
    #expect(director.timedTable.map { $0.split(separator: " ").last } == ["900", "300"])
    _ = director.receive(Self.data)
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    #expect(director.timedTable.map { $0.split(separator: " ").last } == ["7", "9"])
    _ = director.receive(PacketMaker.tcp("FA", .server(), .client()))
    #expect(director.timedTable.map { $0.split(separator: " ").last } == ["8", "9"])
  }
}
