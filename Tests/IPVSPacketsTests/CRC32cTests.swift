// SPDX-License-Identifier: Apache-2.0

import IPVSPackets
import TestSupport
import Testing

@Suite struct CRC32cTests {
  /// RFC 3720, appendix B.4, which writes the lowest byte first; the last is the check value of the
  /// catalogue of parametrised CRC algorithms (CRC-32/ISCSI).
  static let examples: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
    ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
    ([UInt8](0..<32), 0x46dd_794e),
    ((0..<32).reversed(), 0x113f_db5c),
    (Array("123456789".utf8), 0xe306_9283),
    ([], 0),
  ]

  @Test(arguments: examples)
  func sumsTheExamples(_ bytes: [UInt8], _ checksum: UInt32) {
    #expect(CRC32c.checksum(of: bytes.span.bytes, in: 0..<bytes.count) == checksum)
  }

  @Test func sumsEveryPartOfABufferAsTheReferenceDoes() {
    var seed = Seed(for: "CRC32cTests")
    let bytes = seed.bytes(60)
    for start in 0...20 {
      for end in start...60 {
        let sum = CRC32c.checksum(of: bytes.span.bytes, in: start..<end)
        #expect(sum == ReferenceChecksum.crc(bytes[start..<end]), "\(start)..<\(end)")
      }
    }
  }
}
