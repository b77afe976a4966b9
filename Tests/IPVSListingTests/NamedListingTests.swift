// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSNames
import IPVSRules
import IPVSText
import Testing

/// How names are cut in listings, and how they are saved.
@Suite struct NamedListingTests {
  /// Names of 22, 23, 54, and 55 bytes: with `:http`, 27, 28, 59, and 60.
  static let names = FileNames(
    hosts: """
      10.0.0.1 name-with-twenty-two-x
      10.0.0.2 name-with-twenty-three-
      10.0.0.3 a-name-with-fifty-four-bytes.in-a-domain.example.test.
      10.0.0.4 a-name-with-fifty-five-bytes.in-a-domain.example.test..
      fd00::3 a-name-with-fifty-two-bytes.in-a-domain.example.test
      fd00::4 a-name-with-fifty-three-bytes.in-a-domain.example.tes
      """,
    services: "http 80/tcp\nsip 5060/udp\n")

  private func service(_ text: String, over transport: TransportProtocol = .tcp) -> ListedService {
    let address =
      IPv4Address(ByteString(text)).map(IPAddress.v4)
      ?? IPv6Address(ByteString(text)).map(IPAddress.v6) ?? .v4(IPv4Address(0))
    let endpoint = Endpoint(address, port: 80)
    return ListedService(
      VirtualService(.endpoint(transport, endpoint)),
      servers: [ListedServer(RealServer(endpoint, forwarding: .masquerading))])
  }

  static let cuts: [(String, String, String)] = [
    (
      "10.0.0.1", "TCP  name-with-twenty-two-x:http wlc",
      "  -> name-with-twenty-two-x:http  Masq    1"
    ),
    (
      "10.0.0.2", "TCP  name-with-twenty-three-:http wlc",
      "  -> name-with-twenty-three-:http Masq    1"
    ),
    (
      "10.0.0.3", "TCP  a-name-with-fifty-four-bytes wlc",
      "  -> a-name-with-fifty-four-bytes Masq    1"
    ),
    (
      "fd00::3", "TCP  [a-name-with-fifty-two-bytes.in-a-domain.example.test]:http wlc",
      "  -> [a-name-with-fifty-two-bytes.in-a-domain.example.test]:http Masq    1"
    ),
  ]

  @Test("names of IPv4 are cut to their column, all to 59 bytes", arguments: cuts)
  func cut(address: String, row: String, serverRow: String) {
    var text = TextBuffer()
    TextRenderer(names: Self.names).append(.service(service(address)), to: &text)
    let lines = text.description.split(separator: "\n")
    #expect(lines[2] == row)
    #expect(lines[3].hasPrefix(serverRow))
  }

  @Test("a name that is cut leaves no bytes in the columns after it")
  func cutStatistics() {
    var text = TextBuffer()
    TextRenderer(view: .statistics, names: Self.names)
      .append(.service(service("10.0.0.3")), to: &text)
    let zeros = String(repeating: "        0", count: 5)
    #expect(
      text.description.split(separator: "\n").suffix(2) == [
        "TCP  a-name-with-fifty-four-bytes" + Substring(zeros),
        "  -> a-name-with-fifty-four-bytes" + Substring(zeros),
      ])
  }

  static let saves: [(String, String)] = [
    ("10.0.0.1", "name-with-twenty-two-x:http"),
    ("10.0.0.3", "a-name-with-fifty-four-bytes.in-a-domain.example.test.:http"),
    ("10.0.0.4", "10.0.0.4:80"),
    ("10.0.0.5", "10.0.0.5:http"),
    ("fd00::3", "[a-name-with-fifty-two-bytes.in-a-domain.example.test]:http"),
    ("fd00::4", "[fd00::4]:80"),
    ("fd00::5", "[fd00::5]:http"),
  ]

  @Test("saved lines have whole names, or numbers where 1.31 would cut", arguments: saves)
  func save(address: String, endpoint: String) {
    var text = TextBuffer()
    SaveListing(names: Self.names).append([service(address)], to: &text)
    #expect(
      text.description == """
        -A -t \(endpoint) -s wlc
        -a -t \(endpoint) -r \(endpoint) -m -w 1

        """)
  }

  @Test("ports of firewall marks and of protocols without names stay numbers")
  func ports() {
    var text = TextBuffer()
    var marked = service("10.0.0.1")
    marked.service = VirtualService(.mark(1, .ipv4))
    SaveListing(names: Self.names)
      .append([marked, service("10.0.0.1", over: .udp)], to: &text)
    #expect(
      text.description == """
        -A -u name-with-twenty-two-x:80 -s wlc
        -a -u name-with-twenty-two-x:80 -r name-with-twenty-two-x:80 -m -w 1
        -A -f 1 -s wlc
        -a -f 1 -r name-with-twenty-two-x:80 -m -w 1

        """)
  }
}
