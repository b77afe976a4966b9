// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Services and servers for rows of tests.
enum Sample {
  static let hostInfo = HostNetwork(interfaces: ["eth0": 9000])

  static func service(_ port: UInt16 = 80, transport: UInt16 = 6) -> ServiceKey {
    ServiceKey(.ipv4, transport: transport, address: 0x0a00_0001, port: port)
  }

  static func settings(_ scheduler: ByteString? = "rr", flags: UInt32 = 0) -> ServiceSettings {
    ServiceSettings(scheduler: scheduler, flags: flags, netmask: .max)
  }

  static func server(_ number: Int, port: UInt16 = 80) -> ServerKey {
    ServerKey(.ipv4, address: 0x0a02_0000 + UInt128(number), port: port)
  }

  static let flow = Flow(
    family: .ipv4, source: 0xc612_0001, sourcePort: 3456, destination: 0x0a00_0001,
    destinationPort: 80)
}

extension Balancer {
  /// A balancer with one service and a number of servers, the last one at the head of the list.
  static func with(_ count: Int, scheduler: ByteString? = "rr") throws -> Balancer {
    var balancer = Balancer(seed: 1)
    try balancer.addService(Sample.service(), Sample.settings(scheduler))
    for number in 1...max(1, count) where count > 0 { try balancer.add(Sample.server(number)) }
    return balancer
  }

  mutating func add(
    _ key: ServerKey, _ settings: ServerSettings = ServerSettings(),
    to service: ServiceKey = Sample.service()
  ) throws(KernelError) {
    try addServer(key, to: service, settings, Sample.hostInfo)
  }

  mutating func startDaemon(_ role: DaemonRole) throws(KernelError) {
    try startDaemon(
      role.rawValue, DaemonSettings(interface: "eth0", syncID: 5), Sample.hostInfo)
  }

  /// The servers of a service as they are listed.
  func servers(_ service: ServiceKey = Sample.service()) -> [ServerReport] {
    var all: [ServerReport] = []
    var position = 0
    _ = forEachServer(of: service, from: &position) {
      all.append($0)
      return true
    }
    return all
  }

  /// The services as they are listed.
  var allServices: [ServiceReport] {
    var all: [ServiceReport] = []
    var cursor = ServiceCursor()
    _ = forEachService(from: &cursor) {
      all.append($0)
      return true
    }
    return all
  }

  /// Where the record of a service is.
  func recordIndex(
    _ key: ServiceKey = Sample.service()
  ) throws -> Slab<ServiceRecord>.Index {
    let index = self.index(of: key)
    return try #require(index)
  }

  /// Where the record of a server that a service has is.
  func index(
    _ key: ServerKey, of service: ServiceKey = Sample.service()
  ) throws -> Slab<ServerRecord>.Index {
    let index = self.index(of: key, in: try recordIndex(service))
    return try #require(index)
  }
}
