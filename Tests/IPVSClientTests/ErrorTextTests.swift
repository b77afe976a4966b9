// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSClient
import IPVSNetlinkFormat
import IPVSRules
import IPVSSockets
import IPVSText
import Testing

/// Errors as `print` shows them: the object and the cause.
@Suite struct ErrorTextTests {
  static let web = Sample.identity(80)
  static let server = RealServer(
    Endpoint(.v4(IPv4Address(0x0a00_0002)), port: 80), forwarding: .masquerading, upperThreshold: 1,
    lowerThreshold: 2)
  static let broadcast = RealServer(
    Endpoint(.v4(IPv4Address(.max)), port: 80), forwarding: .masquerading)
  static let mixed = RealServer(Endpoint(.v6(IPv6Address(1)), port: 80))
  static let gue = RealServer(server.endpoint, forwarding: .tunneling, tunnel: Tunnel(.gue))
  static let engine = VirtualService(web, engine: KernelName("sip", atMost: 16))

  static let reasons: [(Change, Int32, String)] = [
    (.addService(VirtualService(web)), EEXIST, "the table has this service already"),
    (.addService(VirtualService(web)), ENOENT, "there is no scheduler wlc"),
    (.editService(engine), ENOENT, "there is no scheduler wlc, or no persistence engine sip"),
    (.deleteService(web), ESRCH, "the table has no such service"),
    (.addServer(server, to: web), ESRCH, "the table has no such service"),
    (.addServer(server, to: web), EEXIST, "the service has this server already"),
    (.addServer(server, to: web), ERANGE, "lower threshold 2 is above upper threshold 1"),
    (
      .addServer(broadcast, to: web), EINVAL,
      "255.255.255.255 is not the unicast address of a machine that has a route"
    ),
    (
      .editServer(mixed, of: web), EINVAL,
      "service and server are of different address families, which takes a tunnel and no running sync "
        + "daemon"
    ),
    (.addServer(gue, to: web), EINVAL, "a GUE tunnel needs a port"),
    (.deleteServer(server.endpoint, of: web), ENOENT, "the service has no server at this endpoint"),
    (
      .setTimeouts(Timeouts(tcp: .max, tcpFin: 0, udp: 0)), EINVAL,
      "a timeout is more clock ticks than the kernel can count"
    ),
    (.startDaemon(SyncDaemon(.master)), EEXIST, "a master daemon runs already"),
    (.startDaemon(SyncDaemon(.master)), ENODEV, "there is no network interface eth0"),
    (.stopDaemon(.backup, syncID: 0), ESRCH, "no backup daemon runs"),
    (
      .addService(VirtualService(.mark(1, .ipv6))), EAFNOSUPPORT, "the kernel has IPv6 switched off"
    ),
    (.flush, EPERM, "reading and changing the table takes the capability CAP_NET_ADMIN"),
    (.flush, ENOMEM, "Cannot allocate memory"),
  ]

  @Test("a refusal has a reason in words")
  func rejections() {
    for (change, errno, reason) in Self.reasons {
      #expect(RejectedChange(change, errno: errno).reason == reason, "\(change)")
    }
  }

  static let rows: [(DirectorError, String)] = [
    (
      .rejected(RejectedChange(.deleteServer(server.endpoint, of: web), errno: ENOENT)),
      "cannot delete server 10.0.0.2:80 of service TCP 10.0.0.1:80: the service has no server at this "
        + "endpoint (ENOENT)"
    ),
    (
      .rejected(RejectedChange(.flush, errno: 9999)),
      "cannot delete all services: Unknown error 9999 (error 9999)"
    ),
    (
      .ipvsAbsent(loader: "no module"),
      "there is no IPVS: the kernel's module ip_vs is not loaded, or the other end is not an engine "
        + "(modprobe: no module)"
    ),
    (
      .unreachable(.refused(errno: ENOENT)),
      "the director cannot be reached: the system refused a call: No such file or directory"
    ),
    (.refused(errno: ESRCH), "the director refused the request: No such process (ESRCH)"),
    (
      .socket(.silence),
      "the exchange with the director failed, and it is not known what was carried out: no answer came "
        + "in time"
    ),
    (
      .answer(.attributeMissing(type: 1, in: 2)),
      "an answer of the director is not valid: attribute 1 is missing in 2"
    ),
    (
      .tableUnreadable(attempts: 5, last: .socket(.interrupted)),
      "the table could not be read whole in 5 attempts: the table changed while it was read"
    ),
    (
      .tableUnreadable(attempts: 5, last: .ended(errno: ENOMEM)),
      "the table could not be read whole in 5 attempts: the kernel broke off: Cannot allocate memory "
        + "(ENOMEM)"
    ),
    (
      .tableUnreadable(attempts: 5, last: .answer(.valueUnknown(type: 1, value: 9))),
      "the table could not be read whole in 5 attempts: an entry is not valid: attribute 1 has the "
        + "unknown value 9"
    ),
  ]

  @Test("an error names what failed, and why")
  func errors() {
    for (error, text) in Self.rows { #expect("\(error)" == text) }
  }

  static let socketErrors: [(SocketError, String)] = [
    (.familyAbsent, "the other end does not have the netlink family"),
    (.overrun, "answers were lost, as the receive buffer was full"),
    (.malformed, "what came is not a netlink message"),
    (.closed, "the other end closed the connection"),
  ]

  static let formatErrors: [(NetlinkFormatError, String)] = [
    (
      .attributeLength(type: 3, claimed: 9, available: 4), "attribute 3 claims 9 bytes of 4"
    ),
    (.attributeTooShort(type: 3, needed: 4, available: 2), "attribute 3 has 2 bytes of 4"),
    (.messageLength(claimed: 99, available: 20), "a message claims 99 bytes of 20"),
    (.commandUnexpected(7), "unexpected command 7"),
  ]

  @Test("errors of sockets and of formats name the cause")
  func lowerErrors() {
    for (error, text) in Self.socketErrors { #expect("\(error)" == text) }
    for (error, text) in Self.formatErrors { #expect("\(error)" == text) }
  }
}
