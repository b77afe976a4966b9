/// Where connections, services, and servers stand, by the hashes of what they are found by: an entry of
/// eight bytes for each. The keys themselves are only there.
///
/// It grows by segments (extendible hashing: Fagin and others, 1979): one that is full is split in two,
/// so that no growth ever takes longer than a segment's copy, however many connections there are.
struct HashIndex: ~Copyable {
  /// Places of a segment, and how many of them may be taken.
  private static let segmentSize = 4096
  private static let fullSegment = segmentSize * 13 / 16

  /// No more than 2 to the power of this many segments.
  private static let greatestDepth: UInt32 = 20

  /// The upper 32 bits of an entry are those of its hash, of which the upper ones choose the segment and
  /// the lower ones the slot; the lower 32 bits are the slot plus 1. 0: free.
  private typealias Entry = UInt64

  private struct Segment {
    let entries: UnsafeMutablePointer<Entry>
    var depth: UInt32
    var count = 0
  }

  private var segments: [Segment]
  private var memory = SegmentMemory(HashIndex.segmentSize)

  /// The numbers of segments by the upper bits of the hash, and where their entries are. A segment whose
  /// depth is less than the directory's stands in it several times.
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

  /// The first slot with a hash that `isWanted` admits; the one that came last is asked first.
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

  /// The slot that most likely has a hash; for a look at its memory before it is needed.
  @inline(__always)
  func candidate(_ hash: UInt64) -> UInt32? {
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    let entry = directory[directorySlot(tag)][Self.slot(tag)]
    return entry == 0 ? nil : UInt32(truncatingIfNeeded: entry) &- 1
  }

  /// How many entries there are.
  var count: Int { segments.reduce(0) { $0 + $1.count } }

  private func segmentNumber(_ tag: UInt32) -> Int { Int(numbers[directorySlot(tag)]) }

  /// False: there is no room; nothing was changed.
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

  /// Puts an entry before those with the same hash, each of which takes the slot of the next one.
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

  /// Takes an entry out, if it is there.
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

  /// Moves later entries up, so that none is cut off from its own slot by a free one.
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

  /// Halves the segment of a hash. False: it is as deep as any may be.
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
    // What found no slot at the end of the segment is at its beginning, behind what is at the end.
    let free = old.firstIndex(of: 0) ?? 0
    for part in [old[free...], old[..<free]] {
      for entry in part where entry != 0 {
        let half = entry & isUpper == 0 ? lower : upper
        Self.append(entry, to: segments[half].entries)
        segments[half].count += 1
      }
    }

    // The segment's slots in the directory are neighbours; the upper half of them changes.
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

/// The memory of segments, taken from the system in large pieces.
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
    // The first segment stands alone: many a director never needs a second.
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
