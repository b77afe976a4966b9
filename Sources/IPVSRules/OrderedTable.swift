// SPDX-License-Identifier: Apache-2.0

/// Values by key, in the order in which their keys were added. Each change takes constant time.
struct OrderedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Slot: Sendable {
    let number: Int
    var value: Value
  }

  private var slots: [Key: Slot] = [:]
  private var nextNumber = 0

  /// The values in the order of addition.
  var values: [Value] { slots.values.sorted { $0.number < $1.number }.map(\.value) }

  /// The values in any order.
  var unordered: some Sequence<Value> { slots.values.lazy.map(\.value) }

  var keys: some Collection<Key> { slots.keys }

  var isEmpty: Bool { slots.isEmpty }

  /// The value of a key. Set to nil, it removes the key; a new key is added after all others.
  subscript(key: Key) -> Value? {
    get { slots[key]?.value }
    set {
      guard let newValue else {
        slots[key] = nil
        return
      }
      if let index = slots.index(forKey: key) {
        slots.values[index].value = newValue
      } else {
        slots[key] = Slot(number: nextNumber, value: newValue)
        nextNumber += 1
      }
    }
  }

  /// Changes all values in place, in any order.
  mutating func modifyAll(_ body: (inout Value) -> Void) {
    for index in slots.indices { body(&slots.values[index].value) }
  }

  /// Changes the value of a key in place. Returns nil where there is no such key.
  mutating func modify<Result, Failure>(
    _ key: Key, _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let index = slots.index(forKey: key) else { return nil }
    return try body(&slots.values[index].value)
  }
}

extension OrderedTable: Equatable where Value: Equatable {
  /// Whether both have the same keys and values, in whatever order.
  static func == (left: Self, right: Self) -> Bool {
    left.slots.count == right.slots.count
      && left.slots.allSatisfy { key, slot in right[key] == slot.value }
  }
}
