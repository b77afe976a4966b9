// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSText

/// Names as in the hosts and services files of the recordings, and a count of the questions asked.
final class TableOfNames: NameService {
  private(set) var questions: [ByteString] = []

  private let hosts: [ByteString: [IPAddress]] = [
    "localhost": [.v4(IPv4Address(0x7f00_0001))],
    "vip": [.v4(IPv4Address(0x0a09_0001))],
    "vip.example.test": [.v4(IPv4Address(0x0a09_0001))],
    "rs1.example.test": [.v4(IPv4Address(0x0a09_0002))],
    "long.example.test": [.v4(IPv4Address(0x0a09_0003))],
    "longrs.example.test": [.v4(IPv4Address(0x0a09_0004))],
    "six.example.test": [.v6(IPv6Address(0xfd00 << 112 | 9))],
    "two.example.test": [.v6(IPv6Address(0xfd00 << 112 | 9)), .v4(IPv4Address(0x0a09_0005))],
  ]

  private let services: [TransportProtocol: [ByteString: UInt16]] = [
    .tcp: [
      "ssh": 22, "domain": 53, "http": 80, "www": 80, "https": 443, "http-alt": 8080,
      "webcache": 8080, "unlistedx": 12345,
    ],
    .udp: ["domain": 53, "sip": 5060],
    .sctp: ["m3ua": 2905],
  ]

  func addresses(ofHost name: ByteString) -> [IPAddress] {
    questions.append(name)
    return hosts[name] ?? []
  }

  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? {
    questions.append(name)
    return services[transport]?[name]
  }

  func host(at address: IPAddress) -> ByteString? { nil }

  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}
