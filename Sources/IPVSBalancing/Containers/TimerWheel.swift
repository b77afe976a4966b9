// SPDX-License-Identifier: Apache-2.0

/// The links of an element in the list of those that a wheel wakes at the same tick.
struct WheelLinks {
  fileprivate(set) var next = TimerWheel.noElement
  fileprivate(set) var previous = TimerWheel.noElement
}

/// Wakes elements at their time, at a cost that does not depend on how many there are (hashed timing
/// wheel: Varghese and Lauck, 1987, scheme 6).
///
/// Elements are numbers below 2^31; their owner stores their links.
struct TimerWheel: ~Copyable {
  /// Ends a list.
  static let noElement = UInt32.max

  /// One turn of the wheel in ticks: an element that is due later is woken early and inserted again.
  static let turn = 1 << 16

  /// The list behind those of the ticks: the elements that are due now.
  private static let due = turn
  private static let slotBit: UInt32 = 1 << 31

  private var heads = [UInt32](repeating: noElement, count: turn + 1)

  /// All elements due up to this time were woken, or are in the list of those due.
  private(set) var position: Instant

  init(at now: Instant) { position = now }

  private static func slot(_ time: Instant) -> Int {
    Int(truncatingIfNeeded: time.ticks) & (turn - 1)
  }

  /// - Parameter links: where the links of an element are.
  /// - Returns: When the element is looked at: at its time, but at the next tick at the earliest and
  ///   within a turn at the latest.
  mutating func insert(
    _ element: UInt32, at time: Instant,
    _ links: (UInt32) -> UnsafeMutablePointer<WheelLinks>
  ) -> Instant {
    let ahead = min(max(time.ticks(since: position), 1), UInt64(Self.turn - 1))
    let time = position.advanced(byTicks: ahead)
    let slot = Self.slot(time)
    let next = heads[slot]
    links(element).pointee.next = next
    links(element).pointee.previous = Self.slotBit | UInt32(slot)
    if next != Self.noElement { links(next).pointee.previous = element }
    heads[slot] = element
    return time
  }

  mutating func remove(_ element: UInt32, _ links: (UInt32) -> UnsafeMutablePointer<WheelLinks>) {
    let own = links(element).pointee
    if own.next != Self.noElement { links(own.next).pointee.previous = own.previous }
    if own.previous & Self.slotBit == 0 {
      links(own.previous).pointee.next = own.next
    } else {
      heads[Int(own.previous & ~Self.slotBit)] = own.next
    }
  }

  /// Removes an element that is due; nil if there is none up to `now`.
  mutating func next(
    upTo now: Instant, _ links: (UInt32) -> UnsafeMutablePointer<WheelLinks>
  ) -> UInt32? {
    while heads[Self.due] == Self.noElement {
      guard position < now else { return nil }
      step(upTo: now, links)
    }
    let element = heads[Self.due]
    remove(element, links)
    return element
  }

  /// Turns the wheel by a tick, or further over ticks without elements.
  private mutating func step(
    upTo now: Instant, _ links: (UInt32) -> UnsafeMutablePointer<WheelLinks>
  ) {
    let turn = UInt64(Self.turn)
    position = position.advanced(byTicks: 1)
    if now.ticks(since: position) >= turn { position = Instant(ticks: now.ticks - turn + 1) }
    let slot = Self.slot(position)
    heads[Self.due] = heads[slot]
    heads[slot] = Self.noElement
    if heads[Self.due] != Self.noElement {
      links(heads[Self.due]).pointee.previous = Self.slotBit | UInt32(Self.due)
    }
  }
}
