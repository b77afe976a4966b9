// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSDevices

@Suite struct OnLinkPrefixesTests {
  private static func address(_ text: ByteString) throws -> IPAddress {
    if let address = IPv4Address(text) { return .v4(address) }
    return .v6(try #require(IPv6Address(text)))
  }

  @Test(
    "who is in a network of one's own is reached without a router",
    arguments: [
      ("10.9.0.1", 24, "10.9.0.254", true), ("10.9.0.1", 24, "10.9.1.1", false),
      ("10.9.0.1", 32, "10.9.0.1", true), ("10.9.0.1", 32, "10.9.0.2", false),
      ("10.9.0.1", 1, "127.0.0.1", true), ("10.9.0.1", 1, "128.0.0.1", false),
      ("fd00:9::1", 64, "fd00:9::ffff:1", true), ("fd00:9::1", 64, "fd00:9:0:1::1", false),
      ("fd00:9::1", 128, "fd00:9::2", false), ("::1", 8, "0.0.0.1", false),
      ("10.9.0.1", 0, "10.9.0.1", false),
    ] as [(ByteString, Int, ByteString, Bool)])
  func contains(_ own: ByteString, _ length: Int, _ other: ByteString, _ isIn: Bool) throws {
    let network = NetworkInterface.Address(try Self.address(own), prefixLength: length)
    let far = NetworkInterface.Address(try Self.address("192.0.2.1"), prefixLength: 30)
    #expect(OnLinkPrefixes([far, network]).contains(try Self.address(other)) == isIn)
  }

  @Test("this machine is in a network of its own")
  func here() throws {
    #expect(OnLinkPrefixes().contains(try Self.address("127.0.0.1")))
  }
}
