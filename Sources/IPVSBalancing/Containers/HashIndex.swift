// SPDX-License-Identifier: Apache-2.0

/// The slots of connections, services, or servers by the hashes of their keys: an entry of eight bytes for
/// each. The keys are not copied: the caller compares them in the slots.
///
/// It grows by segments (extendible hashing: Fagin and others, 1979): a full segment is split in two, so
/// that no insertion takes longer than the copy of a segment, however many entries there are.
struct HashIndex: ~Copyable {
  /// Places of a segment, and how many of them may be taken.
  private static let segmentSize = 4096
  private static let fullSegment = segmentSize * 13 / 16

  /// The largest number of segments, as a power of 2.
  private static let greatestDepth: UInt32 = 20

  /// The upper 32 bits of an entry are those of the hash; its upper bits choose the segment, its lower bits
  /// the position there. The lower 32 bits of an entry are the value plus 1. A free entry is 0.
  private typealias Entry = UInt64

  private struct Segment {
    let entries: UnsafeMutablePointer<Entry>
    var depth: UInt32
    var count = 0
  }

  private var segments: [Segment]
  private var memory = SegmentMemory(HashIndex.segmentSize)

  /// The numbers of segments by the upper bits of the hash, and where their entries are. A segment whose
  /// depth is less than the directory's is in it several times.
  private var numbers: [Int32] = [0]
  private var directory: UnsafeMutablePointer<UnsafeMutablePointer<Entry>>
  private var depth: UInt32 = 0

  init() {
    segments = [Segment(entries: memory.next(), depth: 0)]
    directory = .allocate(capacity: 1)
    directory.initialize(to: segments[0].entries)
  }

  deinit { directory.deallocate() }

  @inline(__always)
  private func directorySlot(_ tag: UInt32) -> Int { Int(UInt64(tag) >> UInt64(32 - depth)) }

  @inline(__always)
  private static func slot(_ tag: UInt32) -> Int { Int(tag) & (segmentSize - 1) }

  /// The value of the last inserted entry with a hash that `isWanted` accepts.
  @inline(__always)
  func first(_ hash: UInt64, where isWanted: (UInt32) -> Bool) -> UInt32? {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    let entries = directory[directorySlot(tag)]
    var slot = Self.slot(tag)
    while true {
      let entry = entries[slot]
      if entry == 0 { return nil }
      if UInt32(truncatingIfNeeded: entry >> 32) == tag {
        let found = UInt32(truncatingIfNeeded: entry) &- 1
        if isWanted(found) { return found }
      }
      slot = (slot + 1) & (Self.segmentSize - 1)
    }
  }

  /// The value that most likely has a hash, for a prefetch of its memory.
  @inline(__always)
  func candidate(_ hash: UInt64) -> UInt32? {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    let entry = directory[directorySlot(tag)][Self.slot(tag)]
    return entry == 0 ? nil : UInt32(truncatingIfNeeded: entry) &- 1
  }

  /// The number of entries.
  var count: Int { segments.reduce(0) { $0 + $1.count } }

  private func segmentNumber(_ tag: UInt32) -> Int { Int(numbers[directorySlot(tag)]) }

  /// Adds an entry.
  ///
  /// - Returns: Whether there was room; otherwise nothing is changed.
  mutating func insert(_ hash: UInt64, _ value: UInt32) -> Bool {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    while segments[segmentNumber(tag)].count >= Self.fullSegment {
      guard split(tag) else { return false }
    }
    let number = segmentNumber(tag)
    Self.put(UInt64(tag) << 32 | UInt64(value + 1), into: segments[number].entries)
    segments[number].count += 1
    return true
  }

  /// Puts an entry before those with the same hash, each of which moves to the position of the next one.
  private static func put(_ entry: Entry, into entries: UnsafeMutablePointer<Entry>) {
    let tag = entry >> 32
    var entry = entry
    var slot = Int(tag) & (segmentSize - 1)
    while case let present = entries[slot], present != 0 {
      if present >> 32 == tag {
        entries[slot] = entry
        entry = present
      }
      slot = (slot + 1) & (segmentSize - 1)
    }
    entries[slot] = entry
  }

  /// Puts an entry behind those with the same hash.
  private static func append(_ entry: Entry, to entries: UnsafeMutablePointer<Entry>) {
    var slot = slot(UInt32(truncatingIfNeeded: entry >> 32))
    while entries[slot] != 0 { slot = (slot + 1) & (segmentSize - 1) }
    entries[slot] = entry
  }

  /// Removes an entry, if it is there.
  mutating func remove(_ hash: UInt64, _ value: UInt32) {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    let number = segmentNumber(tag)
    let entries = segments[number].entries
    let entry = UInt64(tag) << 32 | UInt64(value + 1)
    var slot = Self.slot(tag)
    while entries[slot] != entry {
      if entries[slot] == 0 { return }
      slot = (slot + 1) & (Self.segmentSize - 1)
    }
    segments[number].count -= 1
    Self.close(slot, in: entries)
  }

  /// Moves later entries up, so that no free entry separates one from the position of its hash.
  private static func close(_ freed: Int, in entries: UnsafeMutablePointer<Entry>) {
    let mask = segmentSize - 1
    var hole = freed
    var next = (hole + 1) & mask
    while entries[next] != 0 {
      let home = slot(UInt32(truncatingIfNeeded: entries[next] >> 32))
      if (next - home) & mask >= (next - hole) & mask {
        entries[hole] = entries[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    entries[hole] = 0
  }

  /// Splits the segment of a hash.
  ///
  /// - Returns: False if the segment has the largest depth.
  private mutating func split(_ tag: UInt32) -> Bool {
    let lower = segmentNumber(tag)
    guard segments[lower].depth < Self.greatestDepth else { return false }
    if segments[lower].depth == depth { doubleDirectory() }
    segments[lower].depth += 1
    let upper = segments.count
    segments.append(Segment(entries: memory.next(), depth: segments[lower].depth))

    let shared = depth - segments[lower].depth
    let isUpper = UInt64(1) << UInt64(64 - segments[lower].depth)
    let old = Array(UnsafeBufferPointer(start: segments[lower].entries, count: Self.segmentSize))
    segments[lower].entries.update(repeating: 0, count: Self.segmentSize)
    segments[lower].count = 0
    // Entries that wrapped around are at the beginning of the segment; they follow those at its end.
    let free = old.firstIndex(of: 0) ?? 0
    for part in [old[free...], old[..<free]] {
      for entry in part where entry != 0 {
        let half = entry & isUpper == 0 ? lower : upper
        Self.append(entry, to: segments[half].entries)
        segments[half].count += 1
      }
    }

    // The segment's entries in the directory are adjacent; the upper half of them changes.
    let last = directorySlot(tag) | ((2 << Int(shared)) - 1)
    for slot in (last + 1 - (1 << Int(shared)))...last {
      numbers[slot] = Int32(upper)
      directory[slot] = segments[upper].entries
    }
    return true
  }

  private mutating func doubleDirectory() {
    numbers = numbers.flatMap { [$0, $0] }
    depth += 1
    directory.deallocate()
    directory = .allocate(capacity: numbers.count)
    for slot in numbers.indices {
      (directory + slot).initialize(to: segments[Int(numbers[slot])].entries)
    }
  }
}

/// The memory of segments, allocated in large chunks.
private struct SegmentMemory: ~Copyable {
  private static let segmentsPerPiece = 64

  private let segmentSize: Int
  private var pieces: [UnsafeMutablePointer<UInt64>] = []
  private var given = 0

  init(_ segmentSize: Int) { self.segmentSize = segmentSize }

  deinit {
    for piece in pieces { HugeMemory.free(piece) }
  }

  /// A segment of zeros.
  mutating func next() -> UnsafeMutablePointer<UInt64> {
    // The first segment is allocated alone: most directors never need a second one.
    let piece = given == 0 ? 0 : 1 + (given - 1) / Self.segmentsPerPiece
    if piece == pieces.count {
      let count = given == 0 ? 1 : Self.segmentsPerPiece
      pieces.append(HugeMemory.allocate(count * segmentSize, of: UInt64.self))
    }
    let slot = given == 0 ? 0 : (given - 1) % Self.segmentsPerPiece
    given += 1
    let segment = pieces[piece] + slot * segmentSize
    segment.initialize(repeating: 0, count: segmentSize)
    return segment
  }
}
