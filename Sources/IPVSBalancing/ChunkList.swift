/// Where the pieces of a table are that grows piece by piece, so that nothing in it ever moves. To free
/// them is for the table.
struct ChunkList<Element>: ~Copyable {
  /// The first of the pieces' addresses. Moves when one is added.
  private(set) var base: UnsafeMutablePointer<UnsafeMutablePointer<Element>>

  private(set) var count = 0
  private var room = 4

  init() { base = .allocate(capacity: room) }

  deinit { base.deallocate() }

  mutating func append(_ piece: UnsafeMutablePointer<Element>) {
    if count == room {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: 2 * room)
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
      base = larger
      room *= 2
    }
    (base + count).initialize(to: piece)
    count += 1
  }
}
