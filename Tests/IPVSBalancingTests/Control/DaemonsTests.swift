// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

@Suite struct DaemonsTests {
  private static let group6 = IPAddress.v6(IPv6Address(0xff05 << 112 | 0x51))

  private static func settings(
    maximumLength: UInt16 = 0, group: IPAddress? = nil
  ) -> DaemonSettings {
    DaemonSettings(interface: "eth0", syncID: 300, maximumLength: maximumLength, group: group)
  }

  /// The role, what is asked for, and the longest message that results.
  private static let lengths: [(DaemonRole, DaemonSettings, UInt16)] = [
    (.master, settings(), 1472), (.backup, settings(), 8972),
    (.master, settings(group: group6), 1452), (.backup, settings(group: group6), 8952),
    (.master, settings(maximumLength: 1), 1), (.backup, settings(maximumLength: 1), 1024),
    (.master, settings(maximumLength: .max), 65507),
    (.backup, settings(maximumLength: .max, group: group6), 65487),
  ]

  @Test(arguments: lengths)
  func whatIsLeftOpenIsTheKernels(role: DaemonRole, asked: DaemonSettings, length: UInt16) throws {
    var balancer = Balancer(seed: 1)
    try balancer.startDaemon(role.rawValue, asked, Sample.hostInfo)
    let started = balancer.daemon(role)
    let daemon = try #require(started)
    #expect(daemon.maximumLength == length && daemon.syncID == 300)
    #expect(daemon.port == 8848 && daemon.timeToLive == 1)
    #expect(daemon.group == asked.group ?? .v4(IPv4Address(0xe000_0051)))
  }

  @Test func eachRunsOnce() throws {
    var balancer = Balancer(seed: 1)
    for role in DaemonRole.allCases {
      #expect(throws: KernelError.serviceAbsent) { try balancer.stopDaemon(role.rawValue) }
      try balancer.startDaemon(role.rawValue, Self.settings(), Sample.hostInfo)
      #expect(throws: KernelError.exists) {
        try balancer.startDaemon(role.rawValue, Self.settings(), Sample.hostInfo)
      }
    }
    try balancer.stopDaemon(1)
    #expect(balancer.daemon(.master) == nil)
    #expect(balancer.daemon(.backup)?.interface == "eth0")
  }

  @Test func whatCannotRunIsRefusedInTheKernelsOrder() throws {
    var balancer = Balancer(seed: 1)
    var settings = Self.settings(group: .v4(IPv4Address(0x0a00_0001)))
    settings.interface = "none"
    #expect(throws: KernelError.invalid) { try balancer.startDaemon(0, settings, Sample.hostInfo) }
    settings.group = nil
    #expect(throws: KernelError.interfaceAbsent) {
      try balancer.startDaemon(0, settings, Sample.hostInfo)
    }
    settings.interface = "eth0"
    for role in [0, 3, 4, .max] as [UInt32] {
      #expect(throws: KernelError.invalid) {
        try balancer.startDaemon(role, settings, Sample.hostInfo)
      }
      #expect(throws: KernelError.invalid) { try balancer.stopDaemon(role) }
    }
  }

  @Test func timeoutsChangeTogetherOrNotAtAll() throws {
    var balancer = Balancer(seed: 1)
    #expect(throws: KernelError.invalid) {
      try balancer.setTimeouts(tcp: 1, tcpFin: 2, udp: 21_474_837)
    }
    #expect(throws: KernelError.invalid) { try balancer.setTimeouts(tcp: .max, tcpFin: 0, udp: 0) }
    #expect(balancer.settings == Settings())
    try balancer.setTimeouts(tcp: 0, tcpFin: 21_474_836, udp: 7)
    #expect(balancer.settings.tcpTimeout == 900 && balancer.settings.udpTimeout == 7)
    #expect(balancer.settings.tcpFinTimeout == 21_474_836)
  }
}
