// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

@Suite struct ServersTests {
  @Test func theLastAddedIsListedFirstAndEditingKeepsThePlace() throws {
    var balancer = try Balancer.with(3)
    try balancer.editServer(Sample.server(1), of: Sample.service(), ServerSettings(weight: 9))
    try balancer.deleteServer(Sample.server(2), of: Sample.service())
    try balancer.add(Sample.server(2))
    #expect(balancer.servers().map(\.key.address) == [0x0a02_0002, 0x0a02_0003, 0x0a02_0001])
    #expect(balancer.servers().map(\.settings.weight) == [1, 1, 9])
  }

  /// What is refused, in the order in which the kernel looks.
  private static let refusals: [(ServerSettings, KernelError)] = [
    (ServerSettings(weight: -1, upperThreshold: .max, lowerThreshold: 0), .outOfRange),
    (ServerSettings(upperThreshold: 1, lowerThreshold: 2), .outOfRange),
    (ServerSettings(upperThreshold: 0, lowerThreshold: 1), .outOfRange),
    (ServerSettings(upperThreshold: 0x8000_0000), .invalid),
    (ServerSettings(tunnelKind: 1), .invalid),
  ]

  @Test(arguments: refusals)
  func settingsAreChecked(settings: ServerSettings, refusal: KernelError) throws {
    var balancer = try Balancer.with(1)
    #expect(throws: refusal) { try balancer.add(Sample.server(1), settings) }
    #expect(throws: refusal) {
      try balancer.editServer(Sample.server(7), of: Sample.service(), settings)
    }
    #expect(balancer.servers().count == 1)
  }

  @Test func olderKernelsTakeAnyUpperThreshold() throws {
    var balancer = try Balancer.with(0)
    balancer.settings.kernel = .oldest
    try balancer.add(Sample.server(1), ServerSettings(upperThreshold: .max, lowerThreshold: .max))
    #expect(balancer.servers().first?.settings.upperThreshold == .max)
  }

  @Test func whatIsNotThereIsRefused() throws {
    var balancer = try Balancer.with(1)
    let absent = Sample.service(81)
    #expect(throws: KernelError.exists) { try balancer.add(Sample.server(1)) }
    #expect(throws: KernelError.serviceAbsent) { try balancer.add(Sample.server(2), to: absent) }
    #expect(throws: KernelError.absent) {
      try balancer.editServer(Sample.server(2), of: Sample.service(), ServerSettings())
    }
    #expect(throws: KernelError.absent) {
      try balancer.deleteServer(Sample.server(2), of: Sample.service())
    }
    #expect(throws: KernelError.serviceAbsent) {
      try balancer.deleteServer(Sample.server(1), of: absent)
    }
  }

  private static let addresses: [(AddressFamily, UInt128, AddressKind)] = [
    (.ipv4, 0, .other), (.ipv4, 1, .unicast), (.ipv4, 0xffff_ffff, .other),
    (.ipv4, 0xe000_0001, .other), (.ipv4, 0xefff_ffff, .other), (.ipv4, 0xf000_0001, .unicast),
    (.ipv4, 0x7f00_0001, .local), (.ipv4, 0x7fff_ffff, .other), (.ipv4, 0x0a09_0001, .local),
    (.ipv4, 0x0a09_ffff, .other), (.ipv4, 0x0a09_0000, .unicast), (.ipv4, 0x0a0a_ffff, .unicast),
    (.ipv6, 0, .other), (.ipv6, 1, .local), (.ipv6, 0xffff_0a00_0001, .other),
    (.ipv6, 0xfe80 << 112 | 5, .other), (.ipv6, 0xfe80 << 112 | 6, .local),
    (.ipv6, 0xff02 << 112 | 1, .other), (.ipv6, 0xfd00 << 112 | 1, .unicast),
    (.ipv6, 0xfec0 << 112 | 1, .unicast),
  ]

  @Test(arguments: addresses)
  func onlyAHostCanBeAServer(
    family: AddressFamily, address: UInt128, kind: AddressKind
  ) throws {
    let network = HostNetwork.Network(IPv4Address(0x0a09_0001), prefixLength: 16)
    let machine = HostNetwork(
      networks: [try #require(network)], addresses: [IPv6Address(0xfe80 << 112 | 6)])
    #expect(machine.kind(of: address, family) == kind)
    var balancer = Balancer(seed: 1)
    let service = ServiceKey(family, mark: 5)
    try balancer.addService(
      service, ServiceSettings(scheduler: "rr", netmask: family == .ipv4 ? .max : 128))
    let key = ServerKey(family, address: address, port: 80)
    if kind == .other {
      #expect(throws: KernelError.invalid) {
        try balancer.addServer(key, to: service, ServerSettings(), machine)
      }
    } else {
      try balancer.addServer(key, to: service, ServerSettings(), machine)
    }
  }

  @Test func familiesMixOnlyBehindTunnels() throws {
    var balancer = try Balancer.with(0)
    let other = ServerKey(.ipv6, address: 0xfd00 << 112 | 1, port: 80)
    let tunneling = ServerSettings(forwarding: 2)
    let daemon = DaemonSettings(interface: "eth0", syncID: 1)
    #expect(throws: KernelError.invalid) { try balancer.add(other, ServerSettings(forwarding: 3)) }
    try balancer.add(other, tunneling)
    #expect(throws: KernelError.invalid) {
      try balancer.startDaemon(1, daemon, Sample.hostInfo)
    }
    try balancer.deleteServer(other, of: Sample.service())
    try balancer.startDaemon(1, daemon, Sample.hostInfo)
    #expect(throws: KernelError.invalid) { try balancer.add(other, tunneling) }
    try balancer.stopDaemon(1)
    try balancer.add(other, tunneling)
    balancer.flush()
    #expect(balancer.mixedServers == 0)
  }

  @Test func masqueradedServersAreKnownByTheirAddress() throws {
    var balancer = try Balancer.with(1)
    let mark = ServiceKey(.ipv4, mark: 7)
    try balancer.addService(mark, Sample.settings())
    func isKnown(_ number: Int, _ transport: UInt16) -> Bool {
      balancer.masqueradedServers.contains(Sample.server(number), transport: transport)
    }
    // Without a setting that needs them, servers are not noted.
    #expect(!isKnown(1, 6))
    balancer.settings.natIcmpSend = 1
    #expect(isKnown(1, 6) && !isKnown(1, 17) && !isKnown(2, 6))
    try balancer.add(Sample.server(1), to: mark)
    #expect(isKnown(1, 6) && isKnown(1, 17))
    try balancer.editServer(Sample.server(1), of: mark, ServerSettings(forwarding: 3))
    #expect(isKnown(1, 6) && !isKnown(1, 17))
    try balancer.editServer(Sample.server(1), of: mark, ServerSettings())
    try balancer.deleteServer(Sample.server(1), of: Sample.service())
    #expect(isKnown(1, 6) && isKnown(1, 17))
    balancer.settings.natIcmpSend = 0
    #expect(!isKnown(1, 6))
    balancer.settings.natIcmpSend = 1
    #expect(isKnown(1, 6))
    try balancer.deleteService(mark)
    #expect(!isKnown(1, 6) && !isKnown(1, 17))
  }
}
