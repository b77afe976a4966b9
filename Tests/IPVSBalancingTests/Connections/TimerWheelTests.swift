// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing

/// The wheel against a table of when each element is to be woken.
@Suite struct TimerWheelTests {
  /// A wheel with the links of its elements.
  private struct Model: ~Copyable {
    static let size: UInt32 = 500

    var wheel: TimerWheel
    let links = UnsafeMutablePointer<WheelLinks>.allocate(capacity: Int(size))

    /// When the elements in the wheel are woken.
    var times: [UInt32: Instant] = [:]

    init(at now: Instant) {
      wheel = TimerWheel(at: now)
      links.initialize(repeating: WheelLinks(), count: Int(Self.size))
    }

    deinit { links.deallocate() }

    mutating func insert(_ element: UInt32, at time: Instant) {
      let links = links
      times[element] = wheel.insert(element, at: time) { links + Int($0) }
    }

    mutating func remove(_ element: UInt32) {
      let links = links
      wheel.remove(element) { links + Int($0) }
      times[element] = nil
    }

    mutating func next(upTo now: Instant) -> UInt32? {
      let links = links
      return wheel.next(upTo: now) { links + Int($0) }
    }
  }

  @Test func wakesEachElementAtItsTime() {
    var seed = Seed(for: "TimerWheel")
    var now = Instant(ticks: UInt64.random(in: 0...UInt64(UInt32.max), using: &seed))
    var model = Model(at: now)
    for _ in 0..<Seed.cases(usually: 4000) {
      for _ in 0..<Int.random(in: 0...8, using: &seed) {
        let element = UInt32.random(in: 0..<Model.size, using: &seed)
        if model.times[element] != nil { model.remove(element) }
        let ahead = UInt64(
          [0, 1, 2, 90, 65_534, 65_535, 65_536, 1 << 33].randomElement(using: &seed) ?? 0)
        let base = [now, model.wheel.position].randomElement(using: &seed) ?? now
        model.insert(element, at: base.advanced(byTicks: ahead))
      }
      if Bool.random(using: &seed), let element = model.times.keys.randomElement(using: &seed) {
        model.remove(element)
      }
      let leap = UInt64(
        [0, 1, 1, 3, 500, 65_535, 65_536, 65_537, 1 << 20].randomElement(using: &seed) ?? 1)
      now = now.advanced(byTicks: leap)
      // Now and then not all that is due is asked for.
      var budget = Bool.random(using: &seed) ? Int.max : Int.random(in: 0...3, using: &seed)
      var isOver = false
      let start = model.wheel.position
      while budget > 0, !isOver {
        budget -= 1
        guard let element = model.next(upTo: now) else {
          isOver = true
          continue
        }
        let time = model.times[element]
        #expect(time != nil, "woken, but not in the wheel; seed \(seed.seed)")
        guard let time else { return }
        #expect(time <= model.wheel.position, "seed \(seed.seed)")
        if now.ticks(since: start) < UInt64(TimerWheel.turn) {
          #expect(time == model.wheel.position || time <= start, "seed \(seed.seed)")
        }
        model.times[element] = nil
      }
      if isOver {
        #expect(model.wheel.position == now)
        #expect(model.times.values.allSatisfy { $0 > now }, "seed \(seed.seed)")
      }
    }
  }

  @Test func looksAtTheNextTickAtTheEarliestAndWithinATurn() {
    let now = Instant(ticks: 1000)
    var model = Model(at: now)
    for (element, time) in [(0, 0), (1, 1000), (2, 1001), (3, 66_535), (4, 66_536), (5, 1 << 40)] {
      model.insert(UInt32(element), at: Instant(ticks: UInt64(time)))
    }
    let times = (0..<6).map { model.times[$0]?.ticks }
    #expect(times == [1001, 1001, 1001, 66_535, 66_535, 66_535])
  }

  /// Elements that are due and not yet taken can be removed at any position of the list.
  @Test(arguments: 0..<3 as Range<UInt32>)
  func forgetsADueElement(_ removed: UInt32) {
    var model = Model(at: Instant(ticks: 0))
    for element in 0..<4 as Range<UInt32> { model.insert(element, at: Instant(ticks: 5)) }
    let first = model.next(upTo: Instant(ticks: 10))
    #expect(first == 3 && model.wheel.position == Instant(ticks: 5))
    model.remove(removed)
    model.insert(removed, at: Instant(ticks: 5))
    var woken: [UInt32] = []
    while let element = model.next(upTo: Instant(ticks: 6)) { woken.append(element) }
    #expect(woken == [2, 1, 0].filter { $0 != removed } + [removed])
  }
}
