// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@Suite struct EndpointTests {
  static let four = IPAddress.v4(IPv4Address(0x0a00_0001))
  static let six = IPAddress.v6(IPv6Address(0xfd00 << 112 | 1))

  @Test(
    "IPv6 addresses are in brackets",
    arguments: [
      (Endpoint(four, port: 80), "10.0.0.1:80"), (Endpoint(six, port: 0), "[fd00::1]:0"),
      (Endpoint(.v4(IPv4Address(.max)), port: 65535), "255.255.255.255:65535"),
      (
        Endpoint(.v6(IPv6Address(.max)), port: 65535),
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"
      ),
    ])
  func text(endpoint: Endpoint, expected: String) {
    #expect(endpoint.description == expected)
    var buffer = TextBuffer()
    buffer.append(endpoint)
    #expect(buffer.bytes == Array(expected.utf8))
    #expect(Endpoint(expected) == endpoint)
  }

  @Test(
    "text that is not an address with a port is no endpoint",
    arguments: [
      "", ":", "10.0.0.1", "10.0.0.1:", ":80", "10.0.0.1:65536", "10.0.0.1:+80", "10.0.0.1:-1",
      "10.0.0.1: 80", "10.0.0.1:80 ", "[10.0.0.1]:80", "fd00::1:80", "[fd00::1]80", "[fd00::1:80",
      "fd00::1]:80", "[]:80", "[fd00::1%eth0]:80", "host:80", "10.0.0.1:http", "10.0.0.1:٨٠",
    ])
  func noEndpoint(text: String) {
    #expect(Endpoint(text) == nil)
  }

  @Test("families and protocols have names, other protocols their numbers")
  func names() {
    #expect("\(AddressFamily.ipv4) \(AddressFamily.ipv6)" == "IPv4 IPv6")
    #expect(
      [TransportProtocol.tcp, .udp, .sctp, TransportProtocol(rawValue: 50)].map(\.description)
        == ["TCP", "UDP", "SCTP", "protocol 50"])
    #expect(IPv4Address("10.0.0.1")?.bits == 0x0a00_0001 && IPv6Address("::1")?.bits == 1)
  }

  @Test("the order is by family, then address, then port")
  func order() {
    let ascending = [
      Endpoint(Self.four, port: 80), Endpoint(Self.four, port: 443),
      Endpoint(.v4(IPv4Address(0xc0a8_0001)), port: 1), Endpoint(Self.six, port: 2),
      Endpoint(Self.six, port: 65535),
    ]
    for (index, endpoint) in ascending.enumerated() {
      for (other, larger) in ascending.enumerated() {
        #expect((endpoint < larger) == (index < other))
      }
    }
  }

  @Test("multicast and unspecified addresses of both families are recognized")
  func kinds() {
    #expect(Self.four.family == .ipv4 && Self.six.family == .ipv6)
    #expect(
      IPAddress.v6(IPv6Address(0)).isUnspecified && IPAddress.v4(IPv4Address(0)).isUnspecified)
    #expect(!Self.four.isUnspecified && !Self.six.isUnspecified)
    #expect(IPAddress.v4(IPv4Address(0xe000_0051)).isMulticast)
    #expect(IPAddress.v6(IPv6Address(0xff02 << 112 | 1)).isMulticast)
    #expect(!Self.four.isMulticast && !Self.six.isMulticast)
    #expect(Self.four.description == "10.0.0.1" && Self.six.description == "fd00::1")
  }
}
