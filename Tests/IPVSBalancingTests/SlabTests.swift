// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSBalancing

@Suite struct SlabTests {
  @Test func keepsElementsThroughGrowthAndUsesFreedPlacesAgain() {
    var slab = Slab<[Int]>(capacity: 2)
    let indices = (0..<10).map { slab.insert([$0]) }
    #expect(indices.map { slab[$0] } == (0..<10).map { [$0] })
    slab.remove(indices[3])
    #expect(slab.count == 9)
    let again = slab.insert([33])
    #expect(again == indices[3])
    #expect(slab[again] == [33])
  }
}
