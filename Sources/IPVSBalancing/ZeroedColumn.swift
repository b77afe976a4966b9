internal import Glibc

/// A value for each place of a slab, all bits zero until it is set: memory that the system gives as
/// zeros, and that is not there before something is written to it.
struct ZeroedColumn<Value: BitwiseCopyable>: ~Copyable {
  /// A piece holds 2 to the power of this many values.
  private static var pieceBits: UInt32 { 12 }
  private static var pieceLength: Int { MemoryLayout<Value>.stride << Int(pieceBits) }

  private var pieces: UnsafeMutablePointer<UnsafeMutablePointer<Value>>
  private var count = 0
  private var room = 4

  init() { pieces = .allocate(capacity: room) }

  deinit {
    for piece in 0..<count { munmap(pieces[piece], Self.pieceLength) }
    pieces.deallocate()
  }

  /// Makes sure that there is a value for a place.
  mutating func reach(_ place: UInt32) {
    while Int(place >> Self.pieceBits) >= count { addPiece() }
  }

  private mutating func addPiece() {
    if count == room {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Value>>.allocate(capacity: 2 * room)
      larger.moveInitialize(from: pieces, count: count)
      pieces.deallocate()
      pieces = larger
      room *= 2
    }
    let memory = mmap(
      nil, Self.pieceLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("there is no memory") }
    (pieces + count).initialize(
      to: memory.bindMemory(to: Value.self, capacity: 1 << Int(Self.pieceBits)))
    count += 1
  }

  /// The value of a place that was reached.
  subscript(_ place: UInt32) -> Value {
    @inline(__always) unsafeAddress { UnsafePointer(address(place)) }
    @inline(__always) unsafeMutableAddress { address(place) }
  }

  @inline(__always)
  private func address(_ place: UInt32) -> UnsafeMutablePointer<Value> {
    assert(Int(place >> Self.pieceBits) < count)
    return pieces[Int(place >> Self.pieceBits)] + Int(place & (1 << Self.pieceBits - 1))
  }
}
