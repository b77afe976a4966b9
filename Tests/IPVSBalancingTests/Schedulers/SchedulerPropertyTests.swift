// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSSchedulers
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// What the schedulers' manuals and papers promise.
@Suite struct SchedulerPropertyTests {
  private static func key(_ number: Int) -> ServerKey {
    ServerKey(.ipv4, address: 0x0a02_0000 + UInt128(number), port: 80)
  }

  private static func flow(_ number: Int) -> Flow {
    Flow(
      family: .ipv4, source: 0xc612_0000 + UInt128(number), sourcePort: UInt16(number & 0xffff),
      destination: 0x0a03_0000 + UInt128(number % 50), destinationPort: 80)
  }

  /// The position of the server of each of `count` connections, all of which stay open.
  private static func choices(
    _ name: ByteString, weights: [Int32], count: Int, flags: UInt32 = 0, first: Int = 0
  ) throws -> [Int] {
    var model = try ScheduleModel(name, flags: flags)
    for (number, weight) in weights.enumerated() {
      model.add(key(number), ServerSettings(weight: weight))
    }
    return try (first..<first + count).map { number in
      let chosen = model.connect(flow(number))
      var connection = try #require(chosen)
      model.setActive(&connection, true)
      return Int(model[connection.server].key.address & 0xffff)
    }
  }

  @Test func weightedRoundRobinSharesExactlyByWeight() throws {
    let weights: [Int32] = [3, 7, 2, 8]
    let chosen = try Self.choices("wrr", weights: weights, count: 200)
    for cycle in stride(from: 0, to: 200, by: 20) {
      let counts = (0..<4).map { server in chosen[cycle..<cycle + 20].count { $0 == server } }
      #expect(counts == [3, 7, 2, 8])
    }
  }

  @Test(arguments: ["wlc", "sed"] as [ByteString])
  func leastLoadedSharesByWeight(name: ByteString) throws {
    let chosen = try Self.choices(name, weights: [1, 2, 5], count: 800)
    let counts = (0..<3).map { server in chosen.count { $0 == server } }
    #expect(abs(counts[0] - 100) <= 1 && abs(counts[1] - 200) <= 1 && abs(counts[2] - 500) <= 1)
  }

  @Test func twoChoicesKeepsLoadsCloserThanOneWould() throws {
    let chosen = try Self.choices("twos", weights: Array(repeating: 1, count: 20), count: 2000)
    let counts = (0..<20).map { server in chosen.count { $0 == server } }
    // By chance alone a server has 100 connections give or take 30; two choices halve that and more.
    #expect(counts.allSatisfy { abs($0 - 100) <= 15 })
  }

  @Test(arguments: ["sh", "mh"] as [ByteString])
  func aClientKeepsItsServer(name: ByteString) throws {
    let weights = Array(repeating: Int32(1), count: 9)
    let first = try Self.choices(name, weights: weights, count: 500)
    #expect(try Self.choices(name, weights: weights, count: 500) == first)
    #expect(Set(first).count == 9)
  }

  @Test func maglevIsEvenAndMovesFewClientsWhenAServerGoes() throws {
    let count = 4000
    let all = try Self.choices("mh", weights: Array(repeating: 1, count: 20), count: count)
    let shares = (0..<20).map { server in all.count { $0 == server } }
    #expect(shares.allSatisfy { abs($0 - count / 20) < count / 40 })
    let fewer = try Self.choices("mh", weights: Array(repeating: 1, count: 19), count: count)
    // Those of the server that is gone must move; the paper's table moves few others.
    let moved = zip(all, fewer).count { $0 != 19 && $0 != $1 }
    #expect(moved < count / 20)
  }

  @Test func maglevRefusesMoreServersThanPlaces() throws {
    var model = try ScheduleModel("rr")
    for number in 0...4093 { model.add(Self.key(number), ServerSettings()) }
    #expect(throws: SchedulerError.tooManyServers) { try model.use("mh") }
  }

  @Test func localityReleasesWhatIsOldAndKeepsWhatIsUsed() throws {
    var model = try ScheduleModel("lblc")
    model.add(Self.key(1), ServerSettings())
    let connection = model.connect(Self.flow(0))
    let index = try #require(connection).server
    #expect(model[index].users == 2)
    for minute in 1...29 {
      model.now = Instant(seconds: UInt64(minute) * 60 + 86_400)
      model.collect()
    }
    #expect(model[index].users == 2)
    model.now = Instant(seconds: 86_400 + 1800)
    model.collect()
    #expect(model[index].users == 1)
  }

  /// Servers come, go, and change at random under every scheduler.
  @Test(arguments: SchedulerName.allCases)
  func neverChoosesAServerThatMayNotTakeConnections(_ scheduler: SchedulerName) throws {
    let name = ByteString(scheduler.rawValue)
    var seed = Seed(for: "scheduler \(name)")
    for flags in [0, 0x08, 0x10, 0x18] as [UInt32] {
      var model = try ScheduleModel(name, flags: flags)
      model.settings.kernel = Bool.random(using: &seed) ? .oldest : .newest
      var connections: [ScheduleModel.Connection] = []
      for step in 0..<1500 {
        let key = Self.key(Int.random(in: 0..<8, using: &seed))
        let upper = UInt32.random(in: 0...6, using: &seed)
        let settings = ServerSettings(
          weight: Int32.random(in: 0...4, using: &seed), upperThreshold: upper,
          lowerThreshold: UInt32.random(in: 0...upper, using: &seed))
        let isThere = model.list.contains { $0.key == key }
        switch Int.random(in: 0..<10, using: &seed) {
        case 0 where !isThere: model.add(key, settings)
        case 1: model.edit(key, settings)
        case 2 where isThere: model.delete(key)
        case 3 where !connections.isEmpty:
          model.end(connections.remove(at: Int.random(in: 0..<connections.count, using: &seed)))
        case 4:
          model.now = model.now.advanced(byTicks: 6000)
          model.collect()
        default:
          let before = model.list.filter { !$0.isOverloaded }.map(\.key)
          guard var connection = model.connect(Self.flow(step % 300)) else { continue }
          let server = model[connection.server]
          #expect(server.isAvailable && server.weight > 0)
          if name != "lblc" && name != "lblcr" { #expect(before.contains(server.key)) }
          model.setActive(&connection, Bool.random(using: &seed))
          connections.append(connection)
        }
      }
      model.unbind()
      for connection in connections { model.end(connection) }
      for index in Set(connections.map(\.server)) {
        #expect(model[index].users == 0)
        #expect(model[index].activeConnections == 0 && model[index].inactiveConnections == 0)
      }
    }
  }
}
