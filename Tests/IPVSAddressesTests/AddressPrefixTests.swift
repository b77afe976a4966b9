// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@Suite struct AddressPrefixTests {
  @Test(
    "addresses within a prefix and without",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"), ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
      ("10.0.0.1", "10.0.0.1", "10.0.0.2"), ("10.0.0.0/31", "10.0.0.1", "10.0.0.2"),
      ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"), ("::1", "::1", "::2"),
      ("0.0.0.0/0", "255.255.255.255", "::"), ("::/0", "ffff::", "0.0.0.0"),
      ("fd00::/127", "fd00::1", "fd00::2"), ("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "10.0.0.1"),
    ])
  func contains(_ text: String, _ inside: String, _ outside: String) throws {
    let prefix = try #require(AddressPrefix(ByteString(text)))
    #expect(prefix.contains(try #require(IPAddress(inside))))
    #expect(!prefix.contains(try #require(IPAddress(outside))))
  }

  @Test(
    "refuses what is no prefix",
    arguments: [
      "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10/8", "24", "10.0.0.0/-1",
      "10.0.0.0/+8",
      "10.0.0.0/8/8", "10.0.0.0/0x8", "10.0.0.0/255.0.0.0", "10.0.0.1:80", "web", "10.0.0.0 /8",
      "10.0.0.0/0000008", "10.0.0.0/99999999999999999999", "[::1]", "fe80::1%eth0",
    ])
  func refused(_ text: String) {
    #expect(AddressPrefix(ByteString(text)) == nil)
  }

  @Test("bits behind the prefix do not count, and the text is the network's")
  func text() {
    #expect(AddressPrefix("10.1.2.3/8") == AddressPrefix("10.0.0.0/8"))
    #expect(AddressPrefix("10.1.2.3/8")?.description == "10.0.0.0/8")
    #expect(AddressPrefix("10.1.2.3/32")?.description == "10.1.2.3")
    #expect(AddressPrefix("2001:db8::1/32")?.description == "2001:db8::/32")
  }
}
