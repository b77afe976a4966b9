// SPDX-License-Identifier: Apache-2.0

import IPVSPackets
import Testing

/// `MutableRawSpan.completeChecksum`. RewritingTests show that it makes partial checksums right.
@Suite struct OffloadTests {
  @Test func storesAllOnesForZero() {
    var packet = Packet([0xff, 0xff, 0, 0])
    let isComplete = packet.edit { $0.completeChecksum(from: 0, offset: 2, end: 4) }
    #expect(isComplete)
    #expect(packet.bytes == [0xff, 0xff, 0xff, 0xff])
  }

  @Test func countsThePartialSum() {
    var packet = Packet([9, 9, 0x12, 0x34, 0, 5, 9])
    let isComplete = packet.edit { $0.completeChecksum(from: 2, offset: 2, end: 6) }
    #expect(isComplete)
    #expect(packet.bytes == [9, 9, 0x12, 0x34, 0xed, 0xc6, 9])
  }

  @Test(
    arguments: [
      (-1, 0, 8), (0, -1, 8), (0, 7, 8), (0, 0, 9), (7, 0, 8), (9, 0, 8), (0, 0, 1), (6, 1, 8),
      (0, Int.max, 8), (Int.max, 0, 8), (4, 0, 2),
    ])
  func refusesPlacesOutside(_ start: Int, _ offset: Int, _ end: Int) {
    var packet = Packet([1, 2, 3, 4, 5, 6, 7, 8])
    let isComplete = packet.edit { $0.completeChecksum(from: start, offset: offset, end: end) }
    #expect(!isComplete)
    #expect(packet.bytes == [1, 2, 3, 4, 5, 6, 7, 8])
  }
}
