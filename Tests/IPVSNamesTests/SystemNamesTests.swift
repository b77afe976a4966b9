// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSText
import Testing

@Suite struct SystemNamesTests {
  let names = SystemNames()

  @Test("localhost is found in both directions, from the hosts file")
  func localhost() {
    let loopback = IPAddress.v4(IPv4Address(0x7f00_0001))
    #expect(names.addresses(ofHost: "localhost").contains(loopback))
    #expect(names.host(at: loopback) != nil)
  }

  @Test("a name that cannot exist is unknown")
  func unknown() {
    #expect(names.addresses(ofHost: "") == [])
    #expect(names.port(ofService: "no such service", over: .tcp) == nil)
    #expect(names.port(ofService: "http", over: TransportProtocol(rawValue: 1)) == nil)
    #expect(names.service(at: 80, over: TransportProtocol(rawValue: 1)) == nil)
  }
}
