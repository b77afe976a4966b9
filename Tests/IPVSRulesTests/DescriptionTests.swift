// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText
import Testing

/// Rules as `print` shows them.
@Suite struct DescriptionTests {
  static let vip = Endpoint(.v4(IPv4Address(0xca67_6a05)), port: 80)
  static let web = ServiceIdentity.endpoint(.tcp, vip)
  static let server = RealServer(
    Endpoint(.v4(IPv4Address(0xac10_0003)), port: 8000), forwarding: .masquerading,
    weight: Weight(2) ?? .one)

  static let rows: [(any CustomStringConvertible & Sendable, String)] = [
    (web, "TCP 202.103.106.5:80"), (ServiceIdentity.mark(5, .ipv4), "firewall mark 5"),
    (ServiceIdentity.mark(5, .ipv6), "firewall mark 5, IPv6"),
    (VirtualService(web), "TCP 202.103.106.5:80, scheduler wlc"),
    (
      VirtualService(
        web, flags: [.onePacket, .scheduler2], persistence: 360,
        netmask: .ipv4(IPv4Address(0xffff_ff00)),
        engine: KernelName("sip", atMost: KernelName.longestEngine)),
      "TCP 202.103.106.5:80, scheduler wlc, persistent 360 s, netmask 255.255.255.0, "
        + "persistence engine sip, one packet, scheduler flag 2"
    ),
    (server, "172.16.0.3:8000, masquerading, weight 2"),
    (
      RealServer(
        vip, forwarding: .tunneling, tunnel: Tunnel(.gue, port: 6080, flags: .checksum),
        weight: .quiesced, upperThreshold: 10, lowerThreshold: 5),
      "202.103.106.5:80, tunneling by gue at port 6080 with checksum, weight 0, upper threshold 10, "
        + "lower threshold 5"
    ),
    (Weight.one, "1"), (Netmask.ipv6(prefixLength: 64), "64"),
    (ForwardingMethod.local, "local"), (ForwardingMethod.bypass, "bypass"),
    (ForwardingMethod(rawValue: 9), "forwarding method 9"),
    (Tunnel(), "ipip"), (Tunnel(.gre, flags: .remoteChecksum), "gre with remote checksum"),
    (Tunnel(Tunnel.Kind(rawValue: 9)), "tunnel type 9"),
    (Timeouts(tcp: 900, tcpFin: 120, udp: 300), "tcp 900 s, tcpfin 120 s, udp 300 s"),
    (SyncDaemon(.backup), "backup on eth0, sync ID 0"),
    (
      SyncDaemon(
        .master, syncID: 5, maximumLength: 1400, group: vip.address, port: 8848, timeToLive: 2),
      "master on eth0, sync ID 5, at most 1400 bytes, group 202.103.106.5, port 8848, ttl 2"
    ),
    (Change.addService(VirtualService(web)), "add service TCP 202.103.106.5:80, scheduler wlc"),
    (
      Change.editService(VirtualService(web)),
      "change service to TCP 202.103.106.5:80, scheduler wlc"
    ),
    (Change.deleteService(web), "delete service TCP 202.103.106.5:80"),
    (
      Change.addServer(server, to: web),
      "add server 172.16.0.3:8000, masquerading, weight 2 to service TCP 202.103.106.5:80"
    ),
    (
      Change.editServer(server, of: web),
      "change server to 172.16.0.3:8000, masquerading, weight 2 of service TCP 202.103.106.5:80"
    ),
    (
      Change.deleteServer(server.endpoint, of: web),
      "delete server 172.16.0.3:8000 of service TCP 202.103.106.5:80"
    ),
    (Change.flush, "delete all services"), (Change.zero(nil), "set all counters to zero"),
    (Change.zero(web), "set the counters of service TCP 202.103.106.5:80 to zero"),
    (
      Change.setTimeouts(Timeouts(tcp: 1, tcpFin: 2, udp: 3)),
      "set timeouts to tcp 1 s, tcpfin 2 s, udp 3 s"
    ),
    (Change.startDaemon(SyncDaemon(.master)), "start sync daemon master on eth0, sync ID 0"),
    (Change.stopDaemon(.master, syncID: 1), "stop sync daemon master"),
  ]

  @Test("rules and changes are printed in words")
  func descriptions() {
    for (value, text) in Self.rows { #expect(value.description == text) }
  }
}
