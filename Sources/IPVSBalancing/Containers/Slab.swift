// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Values of one type, each with an index that stays the same until the value is removed.
///
/// Freed slots are used again, the last one freed first.
/// Growth moves the elements as bytes, which is invalid only for types that are imported from C++ or hold
/// weak references.
struct Slab<Element>: ~Copyable {
  /// The slot of an element. Only valid with the slab that returned it.
  struct Index: Hashable, Sendable {
    let value: UInt32
  }

  /// The address of the elements; an insertion may change it.
  private(set) var base: UnsafeMutablePointer<Element>

  private var capacity: Int

  /// Whether each slot holds an element, up to the highest slot ever used.
  private var used: [Bool] = []

  private var free: [Index] = []

  init(capacity: Int = 16) {
    base = Self.memory(capacity, before: nil)
    self.capacity = capacity
  }

  deinit {
    for slot in used.indices where used[slot] { (base + slot).deinitialize(count: 1) }
    Glibc.free(UnsafeMutableRawPointer(base))
  }

  /// Enlarges the memory and keeps its contents. The system moves large blocks by remapping their pages,
  /// without a copy.
  private static func memory(
    _ capacity: Int, before: UnsafeMutablePointer<Element>?
  ) -> UnsafeMutablePointer<Element> {
    let size = capacity * MemoryLayout<Element>.stride
    guard let memory = realloc(before, size) else { preconditionFailure("there is no memory") }
    return memory.bindMemory(to: Element.self, capacity: capacity)
  }

  /// The number of elements.
  var count: Int { used.count - free.count }

  mutating func insert(_ element: Element) -> Index {
    if let index = free.popLast() {
      (base + Int(index.value)).initialize(to: element)
      used[Int(index.value)] = true
      return index
    }
    let slot = used.count
    if slot == capacity { grow() }
    (base + slot).initialize(to: element)
    used.append(true)
    return Index(value: UInt32(slot))
  }

  private mutating func grow() {
    base = Self.memory(2 * capacity, before: base)
    capacity *= 2
  }

  mutating func remove(_ index: Index) {
    precondition(used[Int(index.value)], "a slot is freed twice")
    (base + Int(index.value)).deinitialize(count: 1)
    used[Int(index.value)] = false
    free.append(index)
  }

  /// The first slot from `slot` on that holds an element; nil if none does.
  func next(from slot: Int) -> Index? {
    var slot = slot
    while slot < used.count {
      if used[slot] { return Index(value: UInt32(slot)) }
      slot += 1
    }
    return nil
  }

  /// The element at an index that is in use.
  subscript(_ index: Index) -> Element {
    unsafeAddress {
      assert(used[Int(index.value)])
      return UnsafePointer(base + Int(index.value))
    }
    unsafeMutableAddress {
      assert(used[Int(index.value)])
      return base + Int(index.value)
    }
  }
}
