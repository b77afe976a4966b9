internal import Glibc

/// Values of one kind, each known by an index that stays the same until it is removed.
///
/// Freed slots are used again, the last one freed first.
/// The elements are moved as bytes when room is needed, which only types that are imported from C++ or
/// hold weak references do not bear.
struct Slab<Element>: ~Copyable {
  /// The slot of an element. Of use only with the slab that gave it.
  struct Index: Hashable, Sendable {
    let value: UInt32
  }

  /// Where the elements are. Moves when one is inserted.
  private(set) var base: UnsafeMutablePointer<Element>

  private var capacity: Int

  /// Which slots hold an element, up to the highest that ever did.
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

  /// More room than before, with what was in it. The system moves large pieces by their pages: nothing
  /// is copied, and no memory is touched for the first time but the new.
  private static func memory(
    _ capacity: Int, before: UnsafeMutablePointer<Element>?
  ) -> UnsafeMutablePointer<Element> {
    let size = capacity * MemoryLayout<Element>.stride
    guard let memory = realloc(before, size) else { preconditionFailure("there is no memory") }
    return memory.bindMemory(to: Element.self, capacity: capacity)
  }

  /// How many elements there are.
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
