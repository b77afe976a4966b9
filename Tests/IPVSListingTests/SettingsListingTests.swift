// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import IPVSText
import TestSupport
import Testing

@Suite struct SettingsListingTests {
  static let dummy = KernelName("dummy0", atMost: KernelName.longestInterface)

  @Test("timeouts are one line, in seconds")
  func timeouts() {
    var text = TextBuffer()
    TextRenderer().append(.timeouts(Timeouts(tcp: 900, tcpFin: 0, udp: .max)), to: &text)
    #expect(text.description == "Timeout (tcp tcpfin udp): 900 0 4294967295\n")
  }

  @Test("daemons are shown as recorded, the master first")
  func daemons() throws {
    let recordings = try CommandRecordings.load()
    let interface = try #require(Self.dummy)
    let group4 = IPAddress.v4(IPv4Address(0xef01_0203))
    let group6 = IPAddress.v6(IPv6Address(0xff02 << 112 | 0x1234))
    let rows: [(String, [SyncDaemon])] = [
      (
        "daemon-all-opts",
        [
          SyncDaemon(
            .master, interface: interface, syncID: 255, maximumLength: 1400, group: group4,
            port: 9999, timeToLive: 5)
        ]
      ),
      (
        "daemon-v6-group",
        [
          SyncDaemon(
            .master, interface: interface, maximumLength: 1452, group: group6, port: 8848,
            timeToLive: 1)
        ]
      ),
    ]
    for (name, daemons) in rows {
      var text = TextBuffer()
      TextRenderer().append(.daemons(daemons), to: &text)
      #expect(text.description == recordings.output(of: name, "-L --daemon"), "\(name)")
    }
  }

  @Test("settings of a daemon that the kernel does not report are left out")
  func sparse() throws {
    let interface = try #require(Self.dummy)
    var text = TextBuffer()
    TextRenderer().append(.daemons([]), to: &text)
    #expect(text.count == 0)
    let daemons = [
      SyncDaemon(.backup, interface: interface, syncID: 3),
      SyncDaemon(.master, interface: interface),
    ]
    TextRenderer().append(.daemons(daemons), to: &text)
    #expect(
      text.description == """
        master sync daemon (mcast=dummy0, syncid=0)
        backup sync daemon (mcast=dummy0, syncid=3)

        """)
  }
}
