// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSText
import TestSupport
import Testing

@Suite struct IPv6AddressTests {
  @Test(
    "reads the forms of RFC 4291, section 2.2",
    arguments: [
      ("::", 0), ("::1", 1), ("1::", 1 << 112), ("fd00::1", 0xfd00 << 112 | 1),
      ("FD00::A", 0xfd00 << 112 | 10), ("1:2:3:4:5:6:7:8", 0x1_0002_0003_0004_0005_0006_0007_0008),
      ("::1.2.3.4", 0x0102_0304), ("::ffff:1.2.3.4", 0xffff_0102_0304),
      ("0:0:0:0:0:0:0:0", 0), ("1:2:3:4:5:6:1.2.3.4", 0x1_0002_0003_0004_0005_0006_0102_0304),
      ("0000:0000:0000:0000:0000:0000:0000:0001", 1),
      ("1:2:3:4:5:6:7::", 0x1_0002_0003_0004_0005_0006_0007_0000),
    ] as [(String, UInt128)])
  func forms(text: String, bits: UInt128) {
    #expect(IPv6Address(ByteString(text))?.bits == bits)
  }

  @Test(
    "refuses what is no address",
    arguments: [
      "", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
      "g::", ":1", "1:", "::1:", "fe80::1%eth0", "fe80::1%2", "[::1]", "::1.2.3", "::1.2.3.4.5",
      "::256.0.0.1", "::01.2.3.4", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", " ::1",
      "::1 ", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "::1\0",
    ])
  func rejections(text: String) {
    #expect(IPv6Address(ByteString(text)) == nil)
  }

  private func reference(_ text: String) -> UInt128? {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    return withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
  }

  @Test("reads random text as inet_pton(3) does")
  func agreesWithC() {
    var random = Seed(for: "IPv6Address")
    let pieces = ["0", "1", "ab", "ffff", "0123", ":", ":", ":", "::", ".", "1.2.3.4", "255", "08"]
    for _ in 0..<40_000 {
      let count = Int.random(in: 1...16, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      if IPv6Address(ByteString(text))?.bits != reference(text) {
        Issue.record("\(text), seed \(random.seed)")
      }
    }
  }

  /// Addresses with runs of zeros of every length and position, on which printing depends.
  private func sparse(_ random: inout Seed) -> IPv6Address {
    let nonzeroGroups = UInt8.random(in: 0...255, using: &random)
    var bits: UInt128 = 0
    for index in 0..<8 {
      let length = UInt16.random(in: 1...16, using: &random)
      let group = UInt16.random(in: .min ... .max, using: &random) >> (16 - length)
      bits = bits << 16 | (nonzeroGroups >> index & 1 == 1 ? UInt128(group) : 0)
    }
    return IPv6Address(bits)
  }

  @Test("prints as inet_ntop(3), and reads what it prints")
  func roundTrip() {
    var random = Seed(for: "IPv6Address")
    for _ in 0..<40_000 {
      let address = sparse(&random)
      var bytes = in6_addr()
      withUnsafeMutableBytes(of: &bytes) { buffer in
        for index in 0..<16 {
          buffer[index] = UInt8(truncatingIfNeeded: address.bits >> (120 - 8 * index))
        }
      }
      var text = [CChar](repeating: 0, count: 46)
      inet_ntop(AF_INET6, &bytes, &text, 46)
      let expected = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      if address.description != expected || IPv6Address(ByteString(expected)) != address {
        Issue.record("\(expected), seed \(random.seed)")
      }
    }
  }

  @Test(
    "prints dotted quads where inet_ntop(3) does",
    arguments: [
      (0x0102_0304, "::1.2.3.4"), (0xffff_0102_0304, "::ffff:1.2.3.4"), (0xffff, "::ffff"),
      (0x1_0000, "::0.1.0.0"), (1, "::1"), (0, "::"), (0xfffe_0102_0304, "::fffe:102:304"),
    ] as [(UInt128, String)])
  func quads(bits: UInt128, expected: String) {
    #expect(IPv6Address(bits).description == expected)
  }

  @Test("groups are ff00::/8, and the order is that of the numbers, without sign")
  func kinds() {
    #expect(IPv6Address(0xff02 << 112 | 1).isMulticast)
    #expect(!IPv6Address(0xfe80 << 112 | 1).isMulticast)
    #expect(IPv6Address(0x2001 << 112) < IPv6Address(0xfd00 << 112))
  }
}
