/// SipHash of one 32-bit number with one round for it and three at the end (Aumasson, Bernstein:
/// SipHash, 2012), as 64-bit kernels have it for `hsiphash_1u32`: the low half of the result, and the
/// same word twice as the key.
struct SipHash {
  private let key: UInt64

  init(key: UInt64) { self.key = key }

  func callAsFunction(_ value: UInt32) -> UInt32 {
    var state = State(key)
    let block = 4 << 56 | UInt64(value)
    state.third ^= block
    state.round()
    state.zeroth ^= block
    state.second ^= 0xff
    for _ in 0..<3 { state.round() }
    return UInt32(truncatingIfNeeded: state.zeroth ^ state.first ^ state.second ^ state.third)
  }

  private struct State {
    var zeroth, first, second, third: UInt64

    init(_ key: UInt64) {
      zeroth = key ^ 0x736f_6d65_7073_6575
      first = key ^ 0x646f_7261_6e64_6f6d
      second = key ^ 0x6c79_6765_6e65_7261
      third = key ^ 0x7465_6462_7974_6573
    }

    mutating func round() {
      zeroth &+= first
      first = first.rotated(by: 13) ^ zeroth
      zeroth = zeroth.rotated(by: 32)
      second &+= third
      third = third.rotated(by: 16) ^ second
      zeroth &+= third
      third = third.rotated(by: 21) ^ zeroth
      second &+= first
      first = first.rotated(by: 17) ^ second
      second = second.rotated(by: 32)
    }
  }
}

extension UInt64 {
  fileprivate func rotated(by bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}
