// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSBalancing

/// What routers say of the size of packets, and for how long it counts (ip-sysctl: `mtu_expires`,
/// `min_pmtu`). The errors to clients are recorded in `Tests/Recordings/walks`.
@Suite struct PathMTUsTests {
  private static let address: UInt128 = 0x0a02_0001

  private var mtus = PathMTUs()

  private mutating func learn(_ said: Int, at seconds: UInt64 = 0) -> Int {
    let now = Instant(seconds: seconds)
    return mtus.learn(
      said, to: Self.address, current: mtus.narrowed(1500, to: Self.address, at: now), at: now)
  }

  private func known(at seconds: UInt64 = 0) -> Int {
    mtus.narrowed(1500, to: Self.address, at: Instant(seconds: seconds))
  }

  @Test mutating func aWordCountsForTenMinutes() {
    _ = learn(1400, at: 5)
    #expect(known(at: 604) == 1400)
    #expect(known(at: 605) == 1500)
    // It is the first word again.
    let told = learn(1300, at: 700)
    #expect(told == 1500)
    #expect(known(at: 700) == 1300)
  }

  @Test mutating func waysGetNarrowerAndNotWider() {
    let told = [9000, 1400, 1400, 1450, 1300].map { learn($0) }
    #expect(told == [1500, 1500, 1400, 1400, 1300])
    #expect(mtus.narrowed(1200, to: Self.address, at: Instant(seconds: 1)) == 1200)
    #expect(mtus.narrowed(1500, to: Self.address + 1, at: Instant(seconds: 1)) == 1500)
  }

  @Test(arguments: [0, 68, 551])
  mutating func noReportGoesBelowTheMinimum(_ said: Int) {
    _ = learn(said)
    #expect(known() == 552)
    for other in [552, 400, 1400] {
      let told = learn(other, at: 300)
      #expect(told == 552)
    }
    // None of these made it count longer.
    #expect(known(at: 600) == 1500)
  }

  @Test mutating func aRouteBelowTheMinimumKeepsItsMTU() {
    let now = Instant(seconds: 1)
    _ = mtus.learn(0, to: Self.address, current: 500, at: now)
    #expect(mtus.narrowed(500, to: Self.address, at: now) == 500)
  }

  @Test mutating func whatIsKeptHasABound() {
    for number in 0..<100_000 {
      _ = mtus.learn(1400, to: UInt128(number), current: 1500, at: Instant(seconds: 1))
    }
    let kept = (0..<100_000).count {
      mtus.narrowed(1500, to: UInt128($0), at: Instant(seconds: 1)) == 1400
    }
    #expect((1...16_384).contains(kept))
  }
}
