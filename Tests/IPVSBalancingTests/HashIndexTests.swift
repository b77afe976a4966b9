// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSBalancing

/// The index against a dictionary of what is in it.
@Suite struct HashIndexTests {
  /// All that `first` offers for a hash, in its order.
  private static func offered(_ index: borrowing HashIndex, _ hash: UInt64) -> [UInt32] {
    var all: [UInt32] = []
    _ = index.first(hash) {
      all.append($0)
      return false
    }
    return all
  }

  /// - Parameter spread: how many of the hashes' bits vary, the upper ones first: with few of them many
  ///   entries share a hash, or fill a segment much more than the others.
  @Test(arguments: [32, 20, 12, 6] as [UInt64])
  func holdsWhatADictionaryHolds(_ spread: UInt64) {
    var seed = Seed(for: "HashIndex, \(spread) bits")
    var index = HashIndex()
    var model: [UInt64: [UInt32]] = [:]
    var all: [(hash: UInt64, value: UInt32)] = []
    for number in 0..<UInt32(Seed.cases(usually: 30_000)) {
      if all.isEmpty || Int.random(in: 0..<3, using: &seed) > 0 || number < 15_000 {
        // The entries of a hash fit in one segment.
        let mask = ~UInt64(0) << (64 - spread)
        let hash = seed.next() & mask | UInt64(number % 64) * 61 << 32
        guard model[hash, default: []].count < 40 else { continue }
        let isInserted = index.insert(hash, number)
        #expect(isInserted, "seed \(seed.seed)")
        model[hash, default: []].append(number)
        all.append((hash, number))
      } else {
        let number = Int.random(in: 0..<all.count, using: &seed)
        let (hash, value) = all[number]
        all.swapAt(number, all.count - 1)
        all.removeLast()
        index.remove(hash, value)
        model[hash, default: []].removeAll { $0 == value }
        #expect(!Self.offered(index, hash).contains(value), "seed \(seed.seed)")
      }
    }
    for (hash, values) in model {
      // The youngest first.
      #expect(Self.offered(index, hash) == values.reversed(), "seed \(seed.seed)")
    }
    #expect(all.count > 1000 && !Self.offered(index, 1 << 63 | 12_345 << 32).contains(.max - 1))
  }

  /// Entries that no split can part fill a segment; then there is no room for more of them, and all others
  /// are where they were.
  @Test func refusesWhatNoSplitMakesRoomFor() {
    var index = HashIndex()
    let hash: UInt64 = 0xabcd_ef01 << 32
    var count: UInt32 = 0
    while index.insert(hash, count), count < 5000 { count += 1 }
    #expect(count == 4096 * 13 / 16)
    #expect(Self.offered(index, hash) == (0..<count).reversed())
    let isInserted = index.insert(1 << 40, 9999)
    #expect(isInserted && Self.offered(index, 1 << 40) == [9999])
    index.remove(hash, 7)
    let hasRoom = index.insert(hash, 7)
    #expect(hasRoom && Self.offered(index, hash).contains(7))
  }

  @Test func removingWhatIsNotThereChangesNothing() {
    var index = HashIndex()
    _ = index.insert(5 << 32, 1)
    index.remove(5 << 32, 2)
    index.remove(6 << 32, 1)
    #expect(Self.offered(index, 5 << 32) == [1])
  }
}
