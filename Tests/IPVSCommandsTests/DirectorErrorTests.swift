// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSClient
import IPVSNetlinkFormat
import IPVSPrograms
import IPVSSockets
import IPVSText
import Testing

@testable import IPVSCommands

/// Whole texts for a director that cannot be asked or does not answer.
@Suite struct DirectorErrorTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let error: DirectorError
    var host = FixedHostInfo()
    let text: String
  }

  static let initializations: [Row] = [
    Row(
      testDescription: "a kernel without IPVS",
      error: .ipvsAbsent(loader: "modprobe: FATAL: Module ip_vs not found."),
      text: """
        Can't initialize ipvs: Protocol not available
        Are you sure that IP Virtual Server is built in the kernel or as module?
          cause: this kernel has no IPVS: its module ip_vs is neither loaded nor built in
          modprobe: FATAL: Module ip_vs not found.
          remedy: install the modules of the kernel that runs (uname -r) and try 'modprobe ip_vs' \
        as root; in a container, load it on the host

        """),
    Row(
      testDescription: "without rights", error: .refused(errno: EPERM),
      host: FixedHostInfo(isRoot: false),
      text: """
        Can't initialize ipvs: Permission denied (you must be root)
        Are you sure that IP Virtual Server is built in the kernel or as module?
          cause: reading and changing the table takes the capability CAP_NET_ADMIN
          remedy: run it as root, e.g. with sudo

        """),
    Row(
      testDescription: "in a user namespace", error: .refused(errno: EPERM),
      host: FixedHostInfo(isInUserNamespace: true),
      text: """
        Can't initialize ipvs: Permission denied (you must be root)
        Are you sure that IP Virtual Server is built in the kernel or as module?
          cause: this process is in a user namespace; IPVS asks for CAP_NET_ADMIN in the first one
          remedy: run it on the host, in the network namespace whose rules are meant (nsenter -n)

        """),
  ]

  @Test("before anything is asked", arguments: initializations)
  func initialization(_ row: Row) {
    let diagnostic = row.error.diagnostic(row.host)
    #expect(String(decoding: diagnostic.text.bytes, as: UTF8.self) == row.text)
  }

  static let exchanges: [Row] = [
    Row(
      testDescription: "silence", error: .socket(.silence),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: no answer came in time; it is not known whether the change was made
          remedy: see 'ipvsadm -Ln' for what is there

        """),
    Row(
      testDescription: "an answer that makes no sense",
      error: .answer(.attributeTooShort(type: 9, needed: 4, available: 2)),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: the answer of the kernel does not follow the rules of IPVS: attribute 9 has 2 bytes \
        of 4
          remedy: this looks like a fault of the kernel or of this program; please report it

        """),
    Row(
      testDescription: "a table that changes all the time",
      error: .tableUnreadable(attempts: 5, last: .socket(.interrupted)),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: the table could not be read whole in 5 attempts: it changed each time
          remedy: try again when fewer changes are made at the same time; nothing was shown

        """),
    Row(
      testDescription: "a table that is noise each time",
      error: .tableUnreadable(attempts: 5, last: .socket(.malformed)),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: the table could not be read whole in 5 attempts: what came back is no answer of \
        netlink
          remedy: try again when fewer changes are made at the same time; nothing was shown

        """),
    Row(
      testDescription: "a question that is refused", error: .refused(errno: ENOMEM),
      text: """
        Memory allocation problem
          cause: the kernel answered with error 12 (Cannot allocate memory)
          remedy: see the kernel's log (dmesg) for the reason

        """),
    Row(
      testDescription: "answers that were lost", error: .socket(.overrun),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: answers were lost, the receive buffer was full; it is not known which changes \
        were made
          remedy: see 'ipvsadm -Ln' for what is there

        """),
    Row(
      testDescription: "noise", error: .socket(.malformed),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: what came back is no answer of netlink
          remedy: this looks like a fault of the other end; see 'ipvsadm -Ln' for what is there

        """),
    Row(
      testDescription: "an engine that went away", error: .socket(.closed),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: the other end closed the connection
          remedy: see whether the engine still runs, and 'ipvsadm -Ln' for what is there

        """),
    Row(
      testDescription: "a socket that fails", error: .socket(.refused(errno: EIO)),
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          cause: the socket failed: Input/output error
          remedy: see 'ipvsadm -Ln' for what is there, and the kernel's log (dmesg) for the reason

        """),
  ]

  @Test("while it is asked", arguments: exchanges)
  func exchange(_ row: Row) {
    let diagnostic = row.error.diagnostic(row.host)
    #expect(String(decoding: diagnostic.text.bytes, as: UTF8.self) == row.text)
  }
}
