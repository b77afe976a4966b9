// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// The key of all hashes in a `HashIndex`, which clients cannot know.
struct HashSecret {
  let words: InlineArray<6, UInt64>

  init(_ random: inout SplitMix) {
    var words = InlineArray<6, UInt64>(repeating: 0)
    for index in words.indices { words[index] = random.next() }
    self.words = words
  }

  /// Both halves of the product, folded (the mixing of wyhash).
  @inline(__always)
  static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

extension HashSecret {
  /// The keyed hash of bytes from a packet, combined with another hash.
  func hash(_ bytes: RawSpan, after start: UInt64) -> UInt64 {
    var result = start ^ UInt64(bytes.byteCount)
    var offset = 0
    while offset < bytes.byteCount {
      var word: UInt64 = 0
      for shift in 0..<min(8, bytes.byteCount - offset) {
        let byte = bytes.unsafeLoad(fromUncheckedByteOffset: offset + shift, as: UInt8.self)
        word |= UInt64(byte) << UInt64(8 * shift)
      }
      result = Self.mix(result ^ words[4], word ^ words[5])
      offset += 8
    }
    return result
  }
}

extension ServiceKey {
  /// The keyed hash.
  func hash(_ secret: HashSecret) -> UInt64 {
    let numbers = UInt64(mark) << 32 | UInt64(transport) << 16 | UInt64(port)
    let end = HashSecret.mix(address.low ^ secret.words[0], address.high ^ secret.words[1])
    return HashSecret.mix(end ^ UInt64(family.rawValue), numbers ^ secret.words[2])
  }
}

extension ServerKey {
  /// The keyed hash of the key and of the slot of the server's service.
  func hash(_ secret: HashSecret, of owner: UInt64) -> UInt64 {
    let numbers = UInt64(family.rawValue) << 16 | UInt64(port)
    let end = HashSecret.mix(address.low ^ secret.words[0], address.high ^ secret.words[1])
    return HashSecret.mix(end ^ owner, numbers ^ secret.words[2])
  }
}

extension UInt128 {
  @inline(__always) var low: UInt64 { UInt64(truncatingIfNeeded: self) }
  @inline(__always) var high: UInt64 { UInt64(truncatingIfNeeded: self >> 64) }
}

/// Random numbers that a seed determines (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
