// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSPackets

@Suite struct InternetChecksumTests {
  @Test func foldsTheExampleOfRFC1071() {
    #expect(InternetChecksum.fold(0x2ddf0) == 0xddf2)
  }

  @Test(
    "folds as if carries were added one by one",
    arguments: [
      (0, 0), (0xffff, 0xffff), (0x1_0000, 1), (0xffff_0000, 0xffff), (0xffff_ffff, 0xffff),
      (0xffff_0001, 1), (0x1_0000_0000, 1), (0xffff_ffff_ffff_ffff, 0xffff),
      (0x0001_0001_0001_0001, 4), (0xffff_ffff_0000_0001, 1),
    ] as [(UInt64, UInt16)])
  func folds(_ sum: UInt64, _ folded: UInt16) {
    #expect(InternetChecksum.fold(sum) == folded)
  }

  /// RFC 1071, section 3: the words of 00 01 f2 03 f4 f5 f6 f7.
  @Test func sumsTheExampleOfRFC1071() {
    let bytes: [UInt8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]
    let sum = InternetChecksum.sum(of: bytes.span.bytes, in: 0..<8)
    #expect(InternetChecksum.fold(sum).bigEndian == 0xddf2)
  }

  @Test func sumsEveryPartOfABufferAsTheReferenceDoes() {
    var seed = Seed(for: "InternetChecksumTests")
    let bytes = seed.bytes(80)
    for start in 0...40 {
      for end in start...80 {
        let sum = InternetChecksum.fold(InternetChecksum.sum(of: bytes.span.bytes, in: start..<end))
        #expect(sum.bigEndian == ReferenceChecksum.sum(bytes[start..<end]), "\(start)..<\(end)")
      }
    }
  }

  @Test func doesNotOverflowOnTheLongestPacket() {
    let bytes = [UInt8](repeating: 0xff, count: 65_575)
    let sum = InternetChecksum.sum(of: bytes.span.bytes, in: 0..<bytes.count)
    #expect(InternetChecksum.fold(sum).bigEndian == ReferenceChecksum.sum(bytes))
  }

  /// RFC 1624, section 4: the checksum 0xdd2f, as a word changes from 0x5555 to 0x3285, becomes
  /// 0x0000, not 0xffff.
  @Test func changesTheExampleOfRFC1624() {
    let change = AddressChange(of: 0, to: 0, port: 0x5555, to: 0x3285, isIPv4: true)
    #expect(change.applied(to: UInt16(0xdd2f).bigEndian, .complete) == 0)
  }
}
