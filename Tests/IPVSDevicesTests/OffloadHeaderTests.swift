// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSDevices

@Suite struct OffloadHeaderTests {
  @Test func hasTheLayoutOfTheKernel() {
    var header = OffloadHeader()
    header.flags = 1
    header.segmentation = 2
    header.headersLength = 0x0304
    header.segmentSize = 0x0506
    header.checksumStart = 0x0708
    header.checksumOffset = 0x090a
    let bytes = withUnsafeBytes(of: header) { Array($0.prefix(OffloadHeader.length)) }
    #expect(bytes == [1, 2, 4, 3, 6, 5, 8, 7, 0x0a, 9])
    #expect(header.hasPartialChecksum)
    #expect(header.isSeveralSegments)
    header.hasPartialChecksum = false
    #expect(header.flags == 0)
    #expect(!OffloadHeader().hasPartialChecksum && !OffloadHeader().isSeveralSegments)
  }
}
