// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing

/// The table against a dictionary: by key, by index, and by time.
@Suite struct ConnectionTableTests {
  private struct Entry {
    let index: ConnectionTable.Index
    let connection: Connection
    var deadline: Instant
    var isHidden = false
  }

  private static func connection(
    _ number: UInt32, timeout: UInt32, at now: Instant
  ) -> Connection {
    let isIPv6 = number % 3 == 0
    let kind: ConnectionKey.Kind = number % 5 == 0 ? .template : .request
    let key = ConnectionKey(
      client: UInt128(number), other: UInt128(number % 7) << (isIPv6 ? 100 : 0), clientPort: 7,
      otherPort: UInt16(number % 11), transport: number % 2 == 0 ? 6 : 17, isIPv6: isIPv6,
      kind: kind)
    let flags = Connection.Flags(rawValue: number % 4 == 0 ? 3 : 0)
    return Connection(
      key, server: UInt128(number % 13) + 1000, serverPort: 80, flags: flags, destination: nil,
      timeout: timeout, at: now)
  }

  @Test func findsAndEndsWhatADictionaryDoes() {
    var most = 0
    var seed = Seed(for: "ConnectionTable")
    var random = SplitMix(seed: seed.next())
    var now = Instant(ticks: UInt64.random(in: 0...1 << 34, using: &seed))
    var table = ConnectionTable(&random, at: now)
    var model: [UInt32: Entry] = [:]
    var indices: [ConnectionTable.Index: UInt32] = [:]
    for _ in 0..<Seed.cases(usually: 60_000) {
      let number = UInt32.random(in: 0..<9000, using: &seed)
      switch Int.random(in: 0..<20, using: &seed) {
      case 0..<12 where model[number] == nil:
        let timeout: UInt32 = [1, 50, 300, 6000, 90_000].randomElement(using: &seed) ?? 1
        let connection = Self.connection(number, timeout: timeout, at: now)
        guard let index = table.insert(connection) else { continue }
        #expect(indices[index] == nil, "a slot is given twice; seed \(seed.seed)")
        indices[index] = number
        model[number] = Entry(index: index, connection: connection, deadline: connection.deadline)
      case 0..<16:
        guard let entry = model[number] else { continue }
        let timeout: UInt32 = [0, 1, 200, 12_000, 90_000].randomElement(using: &seed) ?? 1
        table[entry.index].timeout = timeout
        table.restart(entry.index, at: now)
        model[number]?.deadline = now.advanced(byTicks: UInt64(timeout))
      case 16:
        guard let entry = model[number] else { continue }
        table.hide(entry.index)
        table.end(entry.index, at: now)
        model[number]?.deadline = now
        model[number]?.isHidden = true
      default:
        let step: UInt64 = [0, 1, 1, 7, 100].randomElement(using: &seed) ?? 1
        let start = table.time
        let mayLeap = Int.random(in: 0..<400, using: &seed) == 0
        now = now.advanced(byTicks: mayLeap ? 200_000 : step)
        // A leap that was not finished goes on, and the wheel passes over ticks.
        let isLeap = now.ticks(since: start) >= UInt64(TimerWheel.turn)
        var budget = Int.random(in: 0..<4, using: &seed) == 0 ? 3 : Int.max
        while let index = table.nextExpired(upTo: now, budget: &budget) {
          guard let number = indices[index], let entry = model[number] else {
            Issue.record("ended twice; seed \(seed.seed)")
            return
          }
          #expect(entry.deadline <= table.time, "too early; seed \(seed.seed)")
          if !isLeap, entry.deadline > start {
            #expect(entry.deadline == table.time, "too late; seed \(seed.seed)")
          }
          table.remove(index)
          model[number] = nil
          indices[index] = nil
        }
        // One set to end at once ends with the next tick.
        if budget > 0 {
          let late = model.values.filter { $0.deadline < table.time }
          #expect(late.isEmpty && table.time == now, "seed \(seed.seed)")
        }
      }
      #expect(table.count == model.count)
      most = max(most, model.count)
      Self.check(number, model[number], table, at: now, "seed \(seed.seed)")
    }
    var slot: UInt32 = 0
    var all: Set<ConnectionTable.Index> = []
    while let index = table.next(from: &slot) { all.insert(index) }
    #expect(all == Set(indices.keys))
    // After a leap of time few are left, but there were many.
    #expect(most > 100)
  }

  private static func check(
    _ number: UInt32, _ entry: Entry?, _ table: borrowing ConnectionTable, at now: Instant,
    _ slot: Comment
  ) {
    let connection = entry?.connection ?? connection(number, timeout: 1, at: now)
    let expected = entry.flatMap { $0.isHidden ? nil : $0.index }
    let found = table.find(connection.requestKey)
    #expect(found == expected, slot)
    guard !connection.isTemplate else { return }
    let answered = table.find(connection.replyKey)
    #expect(answered == expected, slot)
  }

  @Test func aKeyOfOneKindFindsNoOther() {
    var random = SplitMix(seed: 1)
    var table = ConnectionTable(&random, at: Instant(ticks: 0))
    let connection = Self.connection(1, timeout: 9, at: Instant(ticks: 0))
    let index = table.insert(connection)
    let request = connection.requestKey
    let reply = connection.replyKey
    let byRequest = table.find(request)
    let byReply = table.find(reply)
    #expect(index != nil && byRequest == index && byReply == index)
    for kind in [ConnectionKey.Kind.request, .reply, .template] {
      for key in [request, reply] where kind != key.kind {
        let other = ConnectionKey(
          client: key.client, other: key.other, clientPort: key.clientPort,
          otherPort: key.otherPort, transport: key.transport, isIPv6: key.isIPv6, kind: kind)
        let found = table.find(other)
        #expect(found == nil, "\(kind)")
      }
    }
  }

  /// Whatever wakes the wheel looks at what it finds no oftener than the budget says.
  @Test func aBudgetBoundsTheLook() {
    var random = SplitMix(seed: 1)
    var table = ConnectionTable(&random, at: Instant(ticks: 0))
    for number in 0..<100 as Range<UInt32> {
      let connection = Self.connection(number, timeout: 5, at: Instant(ticks: 0))
      _ = table.insert(connection)
    }
    var ended = 0
    for _ in 0..<9 {
      var budget = 10
      while let index = table.nextExpired(upTo: Instant(ticks: 9), budget: &budget) {
        table.remove(index)
        ended += 1
      }
      #expect(budget == 0)
    }
    #expect(ended == 90 && table.count == 10)
  }
}
