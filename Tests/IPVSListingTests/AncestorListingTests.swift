// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import Testing

@Suite struct AncestorListingTests {
  private func endpoint(_ text: String, _ port: UInt16) -> Endpoint {
    Endpoint(.v4(IPv4Address(ByteString(text)) ?? IPv4Address(0)), port: port)
  }

  private func server(_ text: String, _ port: UInt16, weight: Int = 1) -> ListedServer {
    ListedServer(
      RealServer(endpoint(text, port), forwarding: .masquerading, weight: Weight(weight) ?? .one))
  }

  @Test("one row for each real server, in the columns of the tutorial's table")
  func tutorial() {
    let web = ServiceIdentity.endpoint(.tcp, endpoint("202.103.106.5", 80))
    let files = ServiceIdentity.endpoint(.tcp, endpoint("202.103.106.5", 21))
    var text = TextBuffer()
    AncestorListing().append(
      [
        ListedService(
          VirtualService(web),
          servers: [server("172.16.0.3", 8000, weight: 2), server("172.16.0.2", 80)]),
        ListedService(VirtualService(files), servers: [server("172.16.0.3", 21)]),
      ], to: &text)
    #expect(
      text.description == """
        Protocol  Virtual IP Address  Port   Real IP Address  Port   Weight
        TCP       202.103.106.5       21     172.16.0.3       21     1
        TCP       202.103.106.5       80     172.16.0.2       80     1
        TCP       202.103.106.5       80     172.16.0.3       8000   2

        """)
  }

  @Test("what that language cannot make is shown all the same")
  func others() {
    let six = Endpoint(.v6(IPv6Address(0xfd00 << 112 | 1)), port: 65535)
    var text = TextBuffer()
    AncestorListing().append(
      [
        ListedService(VirtualService(.mark(.max, .ipv6))),
        ListedService(VirtualService(.mark(7, .ipv4)), servers: [server("10.0.0.1", 0, weight: 0)]),
        ListedService(VirtualService(.endpoint(.udp, six))),
        ListedService(VirtualService(.endpoint(.sctp, endpoint("10.0.0.1", 1)))),
      ], to: &text)
    #expect(
      text.description == """
        Protocol  Virtual IP Address  Port   Real IP Address  Port   Weight
        SCTP      10.0.0.1            1      -                -      -
        UDP       fd00::1             65535  -                -      -
        FWM       7                   -      10.0.0.1         0      0
        FWM IPv6  4294967295          -      -                -      -

        """)
  }
}
