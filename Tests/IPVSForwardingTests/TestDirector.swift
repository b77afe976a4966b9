// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import Testing

@testable import IPVSForwarding

/// The routes and the rules of the director under test.
enum Site {
  /// One route to all addresses.
  struct OneRoute: Routes {
    var mtu = 1500

    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      Route(mtu: mtu, source: family == .ipv4 ? 0x0a02_00fe : 0x2001_0db8_0002 << 80 | 0xfe)
    }
  }

  /// A balancer whose UDP services, of both families, have one server each.
  static func balancer(
    _ server: ServerSettings = ServerSettings(), serverPort: UInt16 = 53
  ) throws -> Balancer {
    var balancer = Balancer(seed: 1)
    let ends: [(AddressFamily, UInt128, UInt128)] = [
      (.ipv4, 0x0a00_0001, 0x0a02_0001),
      (.ipv6, 0x2001_0db8 << 96 | 1, 0x2001_0db8_0002 << 80 | 1),
    ]
    for (family, virtual, real) in ends {
      let key = ServiceKey(family, transport: 17, address: virtual, port: 53)
      let netmask: UInt32 = family == .ipv4 ? .max : 128
      try balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: netmask))
      try balancer.addServer(
        ServerKey(family, address: real, port: serverPort), to: key, server, HostNetwork())
    }
    return balancer
  }
}

/// A balancer and its forwarder.
struct TestDirector: ~Copyable {
  var balancer: Balancer
  var forwarder: Forwarder

  init(
    _ balancer: consuming Balancer,
    _ router: PortCapabilities.Router = .system(restoresTimeToLive: true)
  ) {
    forwarder = Forwarder(PortCapabilities(router: router))
    forwarder.interceptSet = InterceptSet(balancer)
    self.balancer = balancer
  }

  /// Forwards the packets that wait at a port.
  mutating func turn<Port: PacketPort & ~Copyable>(
    _ port: inout Port, limit: Int = .max, mtu: Int = 1500
  ) throws(Port.Failure) {
    try forwarder.turn(
      limit, &balancer, Site.OneRoute(mtu: mtu), at: Instant(seconds: 1), &port)
  }
}
