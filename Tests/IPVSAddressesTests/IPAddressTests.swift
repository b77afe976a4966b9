// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import Testing

@Suite struct IPAddressTests {
  @Test(
    "an address is a number and bytes in network order, and comes back from both",
    arguments: [
      ("10.1.2.3", 0x0a01_0203, [10, 1, 2, 3]), ("0.0.0.0", 0, [0, 0, 0, 0]),
      ("fd00::1", 0xfd00 << 112 | 1, [0xfd, 0] + [UInt8](repeating: 0, count: 13) + [1]),
    ] as [(String, UInt128, [UInt8])])
  func parts(text: String, number: UInt128, octets: [UInt8]) throws {
    let address = try #require(IPAddress(text))
    #expect(address.number == number)
    #expect(address.octets == octets)
    #expect(IPAddress(number, address.family) == address)
    #expect(IPAddress(octets: octets) == address)
  }

  @Test("bytes that are no address", arguments: [0, 3, 5, 15, 17])
  func otherLengths(count: Int) {
    #expect(IPAddress(octets: [UInt8](repeating: 1, count: count)) == nil)
  }

  @Test(
    "the loopback",
    arguments: [
      ("127.0.0.1", true), ("127.255.255.254", true), ("128.0.0.1", false), ("126.0.0.1", false),
      ("::1", true), ("::2", false), ("::", false), ("::ffff:127.0.0.1", false),
    ])
  func loopback(text: String, isLoopback: Bool) throws {
    #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
  }
}
