// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A value for each slot of a table, all bits zero until it is set: anonymous pages, which take no memory
/// before the first write.
struct ZeroedArray<Value: BitwiseCopyable>: ~Copyable {
  /// The number of values in a chunk, as a power of 2.
  private static var pieceBits: UInt32 { 12 }
  private static var pieceLength: Int { MemoryLayout<Value>.stride << Int(pieceBits) }

  private var pieces = ChunkList<Value>()

  deinit {
    for piece in 0..<pieces.count { munmap(pieces.base[piece], Self.pieceLength) }
  }

  /// The number of values.
  var count: UInt32 { UInt32(pieces.count) << Self.pieceBits }

  /// Makes sure that there is a value for a slot.
  mutating func reach(_ slot: UInt32) {
    while Int(slot >> Self.pieceBits) >= pieces.count { pieces.append(Self.piece()) }
  }

  private static func piece() -> UnsafeMutablePointer<Value> {
    let memory = mmap(nil, pieceLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("there is no memory") }
    return memory.bindMemory(to: Value.self, capacity: 1 << Int(pieceBits))
  }

  /// The value of a slot that was reached.
  subscript(_ slot: UInt32) -> Value {
    @inline(__always) unsafeAddress { UnsafePointer(address(slot)) }
    @inline(__always) unsafeMutableAddress { address(slot) }
  }

  @inline(__always)
  private func address(_ slot: UInt32) -> UnsafeMutablePointer<Value> {
    assert(Int(slot >> Self.pieceBits) < pieces.count)
    return pieces.base[Int(slot >> Self.pieceBits)] + Int(slot & (1 << Self.pieceBits - 1))
  }
}

/// The addresses of the chunks of a table that grows by chunks, so that its elements never move. The table
/// frees the chunks.
struct ChunkList<Element>: ~Copyable {
  /// The address of the list; an addition may change it.
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
