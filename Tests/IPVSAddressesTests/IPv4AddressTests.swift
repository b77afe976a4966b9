// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSText
import TestSupport
import Testing

@Suite struct IPv4AddressTests {
  @Test(
    "reads every form of inet_aton(3)",
    arguments: [
      ("10.0.0.1", 0x0a00_0001), ("10.1", 0x0a00_0001), ("10.0.1", 0x0a00_0001),
      ("0x0a000001", 0x0a00_0001), ("167772161", 0x0a00_0001), ("012.0.0.1", 0x0a00_0001),
      ("0XA.0x0.00.01", 0x0a00_0001), ("0", 0), ("00", 0), ("4294967295", 0xffff_ffff),
      ("255.255.255.255", 0xffff_ffff), ("1.65535", 0x0100_ffff), ("1.16777215", 0x01ff_ffff),
      ("1.2.65535", 0x0102_ffff), ("24", 24), ("037777777777", 0xffff_ffff),
    ] as [(String, UInt32)])
  func lenientForms(text: String, bits: UInt32) {
    #expect(IPv4Address(ByteString(text))?.bits == bits)
  }

  @Test(
    "refuses what is no address",
    arguments: [
      "", ".", "1.", ".1", "1..2", "1.2.3.4.", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "1.2.65536",
      "1.16777216", "4294967296", "08", "1.2.3.09", "0x", "0xg", "1x", "-1", "+1", " 1.2.3.4",
      "1.2.3.4 ", "1.2.3.4 junk", "211.xx.163.xx", "a.b.c.d", "1.2.3.4\0",
    ])
  func rejections(text: String) {
    #expect(IPv4Address(ByteString(text)) == nil)
  }

  /// The result of inet_aton(3), which also accepts any text after a blank.
  private func reference(_ text: String) -> UInt32? {
    guard !text.contains(where: \.isWhitespace) else { return nil }
    var address = in_addr()
    return inet_aton(text, &address) == 1 ? UInt32(bigEndian: address.s_addr) : nil
  }

  @Test("reads random text as inet_aton(3) does")
  func agreesWithC() {
    var random = Seed(for: "IPv4Address")
    let alphabet = Array("0123456789abfx.....")
    for _ in 0..<20_000 {
      let count = Int.random(in: 1...14, using: &random)
      let text = String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "0" })
      if IPv4Address(ByteString(text))?.bits != reference(text) {
        Issue.record("\(text), seed \(random.seed)")
      }
    }
  }

  @Test("reads numbers joined by dots as inet_aton(3) does, in every radix")
  func agreesWithCOnNumbers() {
    var random = Seed(for: "IPv4Address")
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        let length = Int.random(in: 0...33, using: &random)
        let number = UInt64.random(in: 0...(1 << length), using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return String(number)
        case 1: return "0" + String(number, radix: 8)
        default: return "0x" + String(number, radix: 16)
        }
      }.joined(separator: ".")
      if IPv4Address(ByteString(text))?.bits != reference(text) {
        Issue.record("\(text), seed \(random.seed)")
      }
    }
  }

  @Test("prints as inet_ntop(3), and reads what it prints")
  func roundTrip() {
    var random = Seed(for: "IPv4Address")
    for _ in 0..<20_000 {
      let address = IPv4Address(UInt32.random(in: .min ... .max, using: &random))
      var bits = in_addr(s_addr: address.bits.bigEndian)
      var text = [CChar](repeating: 0, count: 16)
      inet_ntop(AF_INET, &bits, &text, 16)
      let expected = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      if address.description != expected || IPv4Address(ByteString(expected)) != address {
        Issue.record("\(expected), seed \(random.seed)")
      }
    }
  }

  @Test("groups are 224.0.0.0 to 239.255.255.255")
  func multicast() {
    #expect(!IPv4Address(0xdfff_ffff).isMulticast)
    #expect(IPv4Address(0xe000_0000).isMulticast)
    #expect(IPv4Address(0xefff_ffff).isMulticast)
    #expect(!IPv4Address(0xf000_0000).isMulticast)
  }

  @Test("the order is that of the numbers, without sign")
  func order() {
    let ascending = ["0.0.0.0", "1.1.1.1", "10.0.0.9", "127.0.0.1", "128.0.0.0", "192.168.1.1"]
    let addresses = ascending.compactMap { IPv4Address(ByteString($0)) }
    #expect(addresses.shuffled().sorted().map(\.description) == ascending)
  }
}
