// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText
import Testing

@Suite struct RuleTests {
  @Test(
    "a weight is in 0...2147483647",
    arguments: [
      (-1, nil), (0, 0), (1, 1), (65536, 65536), (2_147_483_647, 2_147_483_647),
      (2_147_483_648, nil), (.max, nil), (.min, nil),
    ] as [(Int, Int32?)])
  func weight(number: Int, expected: Int32?) {
    #expect(Weight(number)?.value == expected)
  }

  @Test("weights are ordered by size")
  func weightOrder() throws {
    #expect(Weight.quiesced < .one)
    #expect(try #require(Weight(2)) > .one)
  }

  @Test(
    "a name must fit the kernel's field",
    arguments: [
      ("", 15, true), ("rr", 15, true), ("abcdefghijklmno", 15, true),
      ("abcdefghijklmnop", 15, false), ("abcdefghijklmnop", 16, true), ("a\u{0}b", 15, false),
    ] as [(String, Int, Bool)])
  func name(text: String, limit: Int, fits: Bool) {
    #expect((KernelName(ByteString(text), atMost: limit) != nil) == fits)
  }

  @Test("persistence compares whole addresses unless a netmask is given")
  func netmask() {
    let four = VirtualService(.endpoint(.tcp, end("10.0.0.1", 80)))
    let six = VirtualService(.mark(1, .ipv6))
    #expect(four.netmask == .ipv4(IPv4Address(.max)))
    #expect(six.netmask == .ipv6(prefixLength: 128))
    #expect(four.scheduler == .weightedLeastConnections)
    #expect(four.persistence == nil)
  }

  /// The order of `ipvsadm -Ln`: by family, protocol, address, port; then marks.
  static let sorted: [ServiceIdentity] = [
    .endpoint(.tcp, end("9.255.255.255", 65535)),
    .endpoint(.tcp, end("10.0.0.1", 80)),
    .endpoint(.tcp, end("10.0.0.1", 443)),
    .endpoint(.tcp, end("10.0.0.2", 80)),
    .endpoint(.udp, end("1.0.0.1", 80)),
    .endpoint(.sctp, end("0.0.0.0", 0)),
    .endpoint(.tcp, end("::1", 80)),
    .endpoint(.tcp, end("2001:db8::1", 80)),
    .endpoint(.udp, end("::1", 1)),
    .mark(1, .ipv4),
    .mark(1, .ipv6),
    .mark(2, .ipv4),
    .mark(256, .ipv4),
  ]

  @Test("services are sorted as ipvsadm lists them")
  func order() {
    #expect(Self.sorted.reversed().sorted() == Self.sorted)
    for (index, identity) in Self.sorted.enumerated() {
      #expect(Self.sorted.firstIndex(of: identity) == index)
      #expect(!(identity < identity))
    }
  }

  @Test("an identity has the family of its address")
  func family() {
    #expect(ServiceIdentity.endpoint(.udp, end("10.0.0.1", 53)).family == .ipv4)
    #expect(ServiceIdentity.endpoint(.udp, end("fd00::1", 53)).family == .ipv6)
    #expect(ServiceIdentity.mark(7, .ipv6).family == .ipv6)
  }
}

/// An endpoint by its text; text that is not an address is a mistake in the test.
private func end(_ text: ByteString, _ port: UInt16) -> Endpoint {
  if let address = IPv4Address(text) { return Endpoint(.v4(address), port: port) }
  guard let address = IPv6Address(text) else { preconditionFailure("no address: \(text)") }
  return Endpoint(.v6(address), port: port)
}
