// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSGrammar
import IPVSPrograms
import IPVSRules
import IPVSText
import Testing

@testable import IPVSCommands

/// Whole texts about rejected changes: the first line is ipvsadm 1.31's, the others are ours.
@Suite struct RejectionTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: Change
    let errno: Int32
    var host = FixedHostInfo()
    var table: FixedTable?
    var line: String?
    let text: String
  }

  static let vip = IPAddress.v4(IPv4Address(0x0a00_0001))
  static let web = ServiceIdentity.endpoint(.tcp, Endpoint(vip, port: 80))
  static let tls = ServiceIdentity.endpoint(.tcp, Endpoint(vip, port: 443))

  static func server(
    _ address: UInt32, _ port: UInt16 = 80, forwarding: ForwardingMethod = .masquerading,
    upper: UInt32 = 0, lower: UInt32 = 0
  ) -> RealServer {
    RealServer(
      Endpoint(.v4(IPv4Address(address)), port: port), forwarding: forwarding,
      upperThreshold: upper, lowerThreshold: lower)
  }

  static func service(_ scheduler: ByteString, engine: ByteString? = nil) -> VirtualService {
    VirtualService(
      web, scheduler: KernelName(scheduler, atMost: 15) ?? .weightedLeastConnections,
      engine: engine.flatMap { KernelName($0, atMost: 16) })
  }

  static let rows: [Row] = [
    Row(
      testDescription: "a service that is there", change: .addService(service("wlc")),
      errno: EEXIST,
      text: """
        Service already exists
          service: TCP 10.0.0.1:80
          cause: the table has this service already, and -A changes nothing that is there
          remedy: change it with -E, which also resets what the line does not name

        """),
    Row(
      testDescription: "a service that is not there, but its address is",
      change: .deleteService(web), errno: ESRCH,
      table: FixedTable(content: [tls: []]),
      text: """
        No such service
          service: TCP 10.0.0.1:80
          cause: the table has no such service; it has TCP 10.0.0.1:443
          remedy: did you mean -t 10.0.0.1:443? Else see 'ipvsadm -Ln' for what is there

        """),
    Row(
      testDescription: "a server for a service that is not there",
      change: .addServer(server(0x0a00_0002), to: web), errno: ESRCH,
      text: """
        Service not defined
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: the table has no such service
          remedy: see 'ipvsadm -Ln' for what is there, or add it: 'ipvsadm -A -t 10.0.0.1:80 -s wlc'

        """),
    Row(
      testDescription: "a server that has another port",
      change: .deleteServer(Endpoint(.v4(IPv4Address(0x0a00_0002)), port: 80), of: web),
      errno: ENOENT,
      table: FixedTable(content: [web: [server(0x0a00_0002, 8080)]]),
      text: """
        No such destination
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: the service has this address with another port: 10.0.0.2:8080
          remedy: did you mean 'ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.2:8080'?

        """),
    Row(
      testDescription: "a server that is not there",
      change: .editServer(server(0x0a00_0002), of: web), errno: ENOENT,
      text: """
        No such destination
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: the service has no real server with this address and port
          remedy: see 'ipvsadm -Ln' for the servers that it has

        """),
    Row(
      testDescription: "a server to change that has other ports",
      change: .editServer(server(0x0a00_0002), of: web), errno: ENOENT,
      table: FixedTable(
        content: [
          web: [
            server(0x0a00_0002, 8081), server(0x0a00_0003), server(0x0a00_0002, 8080, upper: 9),
          ]
        ]),
      line: "-e -t 10.0.0.1:80 -r 10.0.0.2 -m",
      text: """
        No such destination
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: the service has this address with another port: 10.0.0.2:8080, 10.0.0.2:8081
          remedy: did you mean 'ipvsadm -e -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 1 -x 9'?

        """),
    Row(
      testDescription: "a server that is there", change: .addServer(server(0x0a00_0002), to: web),
      errno: EEXIST,
      text: """
        Destination already exists
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: the service has this real server already, and -a changes none
          remedy: change it with -e, which also resets what the line does not name

        """),
    Row(
      testDescription: "a multicast address as a server",
      change: .addServer(server(0xe000_0001), to: web), errno: EINVAL,
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          real server: 224.0.0.1:80 of service TCP 10.0.0.1:80
          cause: 224.0.0.1 is a multicast address, and a real server needs an address of its own
          remedy: name the address of one machine with -r

        """),
    Row(
      testDescription: "an address that is not unicast for the routing table",
      change: .addServer(server(0x0a00_00ff), to: web), errno: EINVAL,
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          real server: 10.0.0.255:80 of service TCP 10.0.0.1:80
          cause: for the routing table of this network namespace 10.0.0.255 is not the address of \
        a machine: a broadcast address of a local network, or no route at all
          remedy: see 'ip route get 10.0.0.255'; in a new namespace 'ip link set lo up' comes first

        """),
    Row(
      testDescription: "a lower threshold above the upper one",
      change: .addServer(server(0x0a00_0002, upper: 10, lower: 20), to: web), errno: ERANGE,
      text: """
        Numerical result out of range
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: lower threshold 20 is above upper threshold 10
          remedy: give -y a value of at most 10, or raise -x

        """),
    Row(
      testDescription: "a lower threshold alone",
      change: .editServer(server(0x0a00_0002, lower: 20), of: web), errno: ERANGE,
      text: """
        Numerical result out of range
          real server: 10.0.0.2:80 of service TCP 10.0.0.1:80
          cause: lower threshold 20 without an upper threshold: -e resets what the line does not name
          remedy: give an upper threshold of 20 or more with -x

        """),
    Row(
      testDescription: "the scheduler of Linux 2.2", change: .addService(service("pcc")),
      errno: ENOENT,
      text: """
        Scheduler or persistence engine not found
          service: TCP 10.0.0.1:80
          scheduler: pcc
          cause: `persistent client connection' was a scheduler of Linux 2.2
          remedy: use -p [SECONDS] with any scheduler, such as -s wlc -p 360

        """),
    Row(
      testDescription: "a scheduler that does not exist", change: .editService(service("wrong")),
      errno: ENOENT,
      text: """
        Scheduler or persistence engine not found
          service: TCP 10.0.0.1:80
          scheduler: wrong
          cause: the kernel has no scheduler of this name
          remedy: use one of: rr wrr wlc sh fo mh

        """),
    Row(
      testDescription: "a scheduler whose module is missing", change: .addService(service("mh")),
      errno: ENOENT,
      text: """
        Scheduler or persistence engine not found
          service: TCP 10.0.0.1:80
          scheduler: mh
          cause: the kernel could not load its module ip_vs_mh
          remedy: try 'modprobe ip_vs_mh'; the module must be built for the kernel that runs

        """),
    Row(
      testDescription: "a persistence engine that does not exist",
      change: .addService(service("rr", engine: "h323")), errno: ENOENT,
      text: """
        Scheduler or persistence engine not found
          service: TCP 10.0.0.1:80
          persistence engine: h323
          cause: the kernel has no persistence engine of this name
          remedy: use sip, or leave --pe out

        """),
    Row(
      testDescription: "no memory", change: .addService(service("rr")), errno: ENOMEM,
      text: """
        Memory allocation problem
          service: TCP 10.0.0.1:80
          cause: the kernel found no memory for it
          remedy: see 'free' and the kernel's log (dmesg); remove rules that are not needed

        """),
    Row(
      testDescription: "an interface that is not there",
      change: .startDaemon(SyncDaemon(.master)), errno: ENODEV,
      text: """
        No such device
          daemon: master on interface eth0
          cause: this network namespace has no interface eth0; it has: lo dummy0
          remedy: name the one that carries sync messages with --mcast-interface

        """),
    Row(
      testDescription: "a daemon that runs", change: .startDaemon(SyncDaemon(.backup)),
      errno: EEXIST,
      text: """
        Daemon has already run
          daemon: backup on interface eth0
          cause: a backup daemon runs already; there can be one of each kind
          remedy: see 'ipvsadm -L --daemon'; stop it with 'ipvsadm --stop-daemon backup'

        """),
    Row(
      testDescription: "a daemon refused for another reason",
      change: .startDaemon(SyncDaemon(.master)), errno: ENOMEM,
      text: """
        Memory allocation problem
          daemon: master on interface eth0
          cause: the kernel found no memory for it
          remedy: see 'free' and the kernel's log (dmesg); remove rules that are not needed

        """),
    Row(
      testDescription: "a kernel without IPv6", change: .addService(service("rr")),
      errno: EAFNOSUPPORT,
      text: """
        Operation not supported with specified address family
          service: TCP 10.0.0.1:80
          cause: the kernel has IPv6 switched off
          remedy: load its IPv6 module, or start it without ipv6.disable=1

        """),
    Row(
      testDescription: "no daemon to stop", change: .stopDaemon(.backup, syncID: 0), errno: ESRCH,
      text: """
        No daemon is running
          daemon: backup
          cause: no backup daemon runs in this network namespace
          remedy: see 'ipvsadm -L --daemon' for those that run

        """),
    Row(
      testDescription: "a timeout beyond the kernel's clock",
      change: .setTimeouts(Timeouts(tcp: 2_678_400, tcpFin: 0, udp: 0)), errno: EINVAL,
      text: """
        Invalid operation.  Possibly wrong module version, address not unicast, ...
          timeouts: tcp 2678400, tcpfin 0, udp 0 seconds
          cause: 2678400 seconds are more clock ticks than the kernel can count
          remedy: use smaller values; 0 keeps the present one

        """),
  ]

  @Test("explains", arguments: rows)
  func explains(_ row: Row) {
    let line = row.line.map { line in
      TypedLine(Words(line.split(separator: " ").map { ByteString(String($0)) }))
    }
    let rejection = Rejection(errno: row.errno, host: row.host, table: row.table, line: line)
    let diagnostic = rejection.diagnostic(of: row.change)
    #expect(String(decoding: diagnostic.text.bytes, as: UTF8.self) == row.text)
  }

  @Test("reading a service that is not there")
  func reading() {
    let diagnostic = Rejection(errno: ESRCH, host: FixedHostInfo(), table: FixedTable())
      .diagnostic(ofReading: Self.web)
    #expect(
      String(decoding: diagnostic.text.bytes, as: UTF8.self) == """
        No such service
          service: TCP 10.0.0.1:80
          cause: the table is empty: it has no services
          remedy: nothing is left to do; -A adds a service

        """)
  }
}
