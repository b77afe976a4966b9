// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// wrr chooses what the kernel's algorithm chooses, without its descent over every weight.
@Suite struct WeightedRoundRobinTests {
  /// One table of servers under both algorithms.
  private struct Pair: ~Copyable {
    var model: ScheduleModel
    var plain = PlainWeightedRoundRobin()

    init() throws {
      model = try ScheduleModel("wrr")
      plain.bind(weights)
    }

    var weights: [Int] { model.list.map { Int($0.weight) } }

    mutating func add(_ key: ServerKey, _ settings: ServerSettings) {
      model.add(key, settings)
      plain.update(weights)
    }

    mutating func edit(_ key: ServerKey, _ settings: ServerSettings) {
      model.edit(key, settings)
      plain.update(weights)
    }

    mutating func delete(_ key: ServerKey) {
      model.delete(key)
      plain.update(weights)
    }

    /// Chooses by both; how many passes ours took.
    mutating func connect() throws -> (connection: ScheduleModel.Connection?, passes: Int) {
      let eligible = model.list.map { $0.isOverloaded ? nil : Int($0.weight) }
      let expected = plain.pick(eligible).map { model.list[$0].key }
      let before = try passes
      let connection = model.connect(Sample.flow)
      #expect(connection.map { model[$0.server].key } == expected)
      return (connection, try passes - before)
    }

    private var passes: Int {
      get throws { try #require(model.scheduler as? WeightedRoundRobin).passes }
    }
  }

  private static func settings(
    _ scale: Int32, _ seed: inout Seed
  ) -> ServerSettings {
    let upper = UInt32.random(in: 0...3, using: &seed)
    return ServerSettings(
      weight: Int32.random(in: 0...6, using: &seed) * scale
        + (Int.random(in: 0..<8, using: &seed) == 0 ? 1 : 0),
      upperThreshold: upper, lowerThreshold: UInt32.random(in: 0...upper, using: &seed))
  }

  /// Servers come, go, are edited, fill up and are free again, with weights of many divisors.
  @Test func choosesWhatTheStepwiseDescentChooses() throws {
    var seed = Seed(for: "wrr")
    for _ in 0..<Seed.cases(usually: 60) {
      var pair = try Pair()
      var connections: [ScheduleModel.Connection] = []
      let scale = Int32.random(in: 1...40, using: &seed)
      for _ in 0..<400 {
        let key = Sample.server(Int.random(in: 0..<6, using: &seed))
        let isThere = pair.model.list.contains { $0.key == key }
        switch Int.random(in: 0..<16, using: &seed) {
        case 0, 1: if !isThere { pair.add(key, Self.settings(scale, &seed)) }
        case 2: if isThere { pair.edit(key, Self.settings(scale, &seed)) }
        case 3: if isThere { pair.delete(key) }
        case 4...8 where !connections.isEmpty:
          let number = Int.random(in: 0..<connections.count, using: &seed)
          pair.model.end(connections.remove(at: number))
        default:
          let (connection, passes) = try pair.connect()
          #expect(passes <= WeightedRoundRobin.passesPerPick, "seed \(seed.seed)")
          if let connection { connections.append(connection) }
        }
      }
    }
  }

  /// A full server of any weight beside one of weight 1: the choice takes no longer.
  @Test(arguments: [1, 2, 3, 65_535, 1 << 30, .max - 1, .max] as [Int32])
  func aFullServersWeightCostsNothing(_ weight: Int32) throws {
    var model = try ScheduleModel("wrr")
    model.add(Sample.server(1), ServerSettings(weight: 1))
    model.add(Sample.server(2), ServerSettings(weight: weight, upperThreshold: 1))
    let scheduler = try #require(model.scheduler as? WeightedRoundRobin)
    var chosen: [ServerKey?] = []
    for _ in 0..<5 {
      let before = scheduler.passes
      let connection = model.connect(Sample.flow)
      chosen.append(connection.map { model[$0.server].key })
      #expect(scheduler.passes - before <= WeightedRoundRobin.passesPerPick)
    }
    #expect(chosen == [Sample.server(2)] + Array(repeating: Sample.server(1), count: 4))
  }

  @Test func whereAllAreFullNoneIsChosenSoon() throws {
    var model = try ScheduleModel("wrr")
    for number in 1...3 {
      model.add(
        Sample.server(number),
        ServerSettings(weight: Int32.max - Int32(number), upperThreshold: 1))
    }
    let scheduler = try #require(model.scheduler as? WeightedRoundRobin)
    var chosen: [Bool] = []
    for _ in 0..<6 {
      let before = scheduler.passes
      let connection = model.connect(Sample.flow)
      chosen.append(connection != nil)
      #expect(scheduler.passes - before <= WeightedRoundRobin.passesPerPick)
    }
    #expect(chosen == [true, true, true, false, false, false])
  }
}

/// The kernel's algorithm (ip_vs_wrr.c): the level falls by one step after each pass.
private struct PlainWeightedRoundRobin {
  /// The position of the last choice; -1 for the head of the list.
  private var current = -1
  private var level = 0
  private var highestLevel = 0
  private var step = 1

  private mutating func measure(_ weights: [Int]) {
    let positive = weights.filter { $0 > 0 }
    let greatest = positive.max() ?? 0
    step = (1...max(1, greatest)).last { step in positive.allSatisfy { $0 % step == 0 } } ?? 1
    if positive.isEmpty { step = 1 }
    highestLevel = greatest - (step - 1)
  }

  mutating func bind(_ weights: [Int]) {
    measure(weights)
    level = highestLevel
  }

  mutating func update(_ weights: [Int]) {
    current = -1
    measure(weights)
    if level > highestLevel || level == 0 {
      level = highestLevel
    } else if step > 1 {
      level = level / step * step + 1
    }
  }

  /// - Parameter weights: Those of the servers in the order of the list; nil for one that is full.
  mutating func pick(_ weights: [Int?]) -> Int? {
    guard highestLevel != 0 else { return nil }
    let last = current
    var stop: Int?
    var isLastPass = false
    var hasRestarted = false
    while true {
      while current + 1 < weights.count {
        current += 1
        if let weight = weights[current], weight >= level { return current }
        if current == stop { return nil }
      }
      current = -1
      level -= step
      if level <= 0 {
        level = highestLevel
        if isLastPass || last == -1 { return nil }
        hasRestarted = true
      }
      isLastPass = level <= step
      if isLastPass, hasRestarted, last != -1 { stop = last }
    }
  }
}
