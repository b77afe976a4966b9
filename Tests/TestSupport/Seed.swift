// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The start of a sequence of random numbers: the same in each run, so that a test does not fail by
/// chance. `IPVS_TEST_SEED=1234 swift test` tries another one; `make chance` tries new ones.
public struct Seed: RandomNumberGenerator {
  /// The seed where the environment names none.
  private static let usual: UInt64 = 20_261_126

  /// Where the sequence begins, for messages.
  public let seed: UInt64

  private var state: UInt64

  /// - Parameter purpose: What the numbers are for, in the line that is printed.
  public init(for purpose: String) {
    let wanted = getenv("IPVS_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    seed = wanted ?? Self.usual
    state = seed
    print("\(purpose): IPVS_TEST_SEED=\(seed)")
  }

  /// How many cases to try: `IPVS_TEST_TIMES=100 swift test` tries a hundred times as many as usual.
  public static func cases(usually usual: Int) -> Int {
    let times = getenv("IPVS_TEST_TIMES").flatMap { Int(String(cString: $0)) } ?? 1
    return usual * max(times, 1)
  }

  /// The start of a sequence within another one, which alone is printed.
  public init(derivedFrom other: inout Seed) {
    seed = other.next()
    state = seed
  }

  /// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// Random bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// `bytes` with one to four small changes: a bit flipped, a byte replaced, bytes removed,
  /// doubled, or cut off.
  public mutating func injured(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &self)
      let end = min(bytes.count, index + Int.random(in: 1...8, using: &self))
      switch Int.random(in: 0..<6, using: &self) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &self)
      case 1: bytes[index] = [0, 1, 3, 4, 0x7f, 0x80, 0xff].randomElement(using: &self) ?? 0
      case 2: bytes[index] = UInt8.random(in: 0...255, using: &self)
      case 3: bytes.removeSubrange(index..<end)
      case 4: bytes.insert(contentsOf: bytes[index..<end], at: index)
      default: bytes.removeSubrange(index...)
      }
    }
    return bytes
  }
}
