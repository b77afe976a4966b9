// SPDX-License-Identifier: Apache-2.0

/// A value that holds its own key in a table. The key of a value in a table must stay as it is.
protocol Keyed {
  associatedtype Key: Hashable & Sendable

  var key: Key { get }
}

/// Values by key, in the order in which they were added. Each change takes constant time, seen over many.
///
/// A service has a handful of servers, and a table ten thousand services: a few values are searched one
/// by one, which takes neither a hash nor the memory of a dictionary.
struct OrderedTable<Value: Keyed & Sendable>: Sendable {
  typealias Key = Value.Key

  /// The most slots that are searched one by one.
  private static var mostSearched: Int { 16 }

  /// The values in their order; nil where one was removed.
  private var slots: [Value?] = []

  /// The slots by key, where there are more than are searched one by one.
  private var index: [Key: Int] = [:]

  /// How many values there are.
  private(set) var count = 0

  /// The values in the order of addition.
  var values: some Sequence<Value> { slots.lazy.compactMap(\.self) }

  var isEmpty: Bool { count == 0 }

  /// The value of a key. Set to nil, it removes the key; a new key is added after all others.
  subscript(key: Key) -> Value? {
    get { slot(of: key).flatMap { slots[$0] } }
    set {
      let slot = slot(of: key)
      switch (slot, newValue) {
      case (let slot?, let value?): slots[slot] = value
      case (let slot?, nil): remove(key, at: slot)
      case (nil, let value?): append(value)
      case (nil, nil): break
      }
    }
  }

  /// Changes the value of a key in place. Returns nil where there is no such key.
  mutating func modify<Result, Failure>(
    _ key: Key, _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let slot = slot(of: key) else { return nil }
    return try body(&slots[slot]!)
  }

  /// Changes all values in place, in their order.
  mutating func modifyAll(_ body: (inout Value) -> Void) {
    for slot in slots.indices where slots[slot] != nil { body(&slots[slot]!) }
  }

  /// Makes room for values, where it is known how many will come.
  mutating func reserveCapacity(_ count: Int) {
    slots.reserveCapacity(count)
    if count > Self.mostSearched { index.reserveCapacity(count) }
  }

  private func slot(of key: Key) -> Int? {
    guard slots.count <= Self.mostSearched else { return index[key] }
    for slot in slots.indices where slots[slot]?.key == key { return slot }
    return nil
  }

  private mutating func append(_ value: Value) {
    slots.append(value)
    count += 1
    if slots.count == Self.mostSearched + 1 {
      makeIndex()
    } else if slots.count > Self.mostSearched {
      index[value.key] = slots.count - 1
    }
  }

  private mutating func remove(_ key: Key, at slot: Int) {
    slots[slot] = nil
    count -= 1
    if slots.count > Self.mostSearched { index[key] = nil }
    guard count < slots.count / 2 else { return }
    slots = slots.filter { $0 != nil }
    index = [:]
    if slots.count > Self.mostSearched { makeIndex() }
  }

  private mutating func makeIndex() {
    for slot in slots.indices { if let value = slots[slot] { index[value.key] = slot } }
  }
}

extension OrderedTable: Equatable where Value: Equatable {
  /// Whether both have the same keys and values, in whatever order.
  static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.values.allSatisfy { right[$0.key] == $0 }
  }
}
