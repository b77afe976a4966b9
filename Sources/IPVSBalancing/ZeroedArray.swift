internal import Glibc

/// A value for each place of a slab, all bits zero until it is set: memory that the system gives as
/// zeros, and that is not there before something is written to it.
struct ZeroedArray<Value: BitwiseCopyable>: ~Copyable {
  /// A piece holds 2 to the power of this many values.
  private static var pieceBits: UInt32 { 12 }
  private static var pieceLength: Int { MemoryLayout<Value>.stride << Int(pieceBits) }

  private var pieces = ChunkList<Value>()

  deinit {
    for piece in 0..<pieces.count { munmap(pieces.base[piece], Self.pieceLength) }
  }

  /// How many values there are.
  var count: UInt32 { UInt32(pieces.count) << Self.pieceBits }

  /// Makes sure that there is a value for a place.
  mutating func reach(_ place: UInt32) {
    while Int(place >> Self.pieceBits) >= pieces.count { pieces.append(Self.piece()) }
  }

  private static func piece() -> UnsafeMutablePointer<Value> {
    let memory = mmap(nil, pieceLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("there is no memory") }
    return memory.bindMemory(to: Value.self, capacity: 1 << Int(pieceBits))
  }

  /// The value of a place that was reached.
  subscript(_ place: UInt32) -> Value {
    @inline(__always) unsafeAddress { UnsafePointer(address(place)) }
    @inline(__always) unsafeMutableAddress { address(place) }
  }

  @inline(__always)
  private func address(_ place: UInt32) -> UnsafeMutablePointer<Value> {
    assert(Int(place >> Self.pieceBits) < pieces.count)
    return pieces.base[Int(place >> Self.pieceBits)] + Int(place & (1 << Self.pieceBits - 1))
  }
}
