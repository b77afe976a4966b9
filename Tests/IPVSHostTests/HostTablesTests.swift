// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSHost
import IPVSSystem
import Testing

/// What files of /proc say.
@Suite struct HostTablesTests {
  @Test("releases are compared by their numbers")
  func releases() {
    #expect(RunningKernel("6.1.0-18-amd64").numbers == [6, 1, 0])
    #expect(RunningKernel("7.2-rc1").numbers == [7, 2, 0])
    #expect(RunningKernel("").numbers == [0, 0, 0])
    #expect(RunningKernel("5.10.0").isAtLeast(5, 9))
    #expect(!RunningKernel("5.8.18").isAtLeast(5, 9))
    #expect(RunningKernel("5.9").isAtLeast(5, 9))
    #expect(RunningKernel("6.0").isAtLeast(5, 9))
    #expect(RunningKernel("99999999999999999999.1").numbers == [0, 1, 0])
  }

  @Test(
    "the patch level of Debian's kernels is in their version",
    arguments: [
      ("#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-08-20)", [6, 1, 176]),
      ("#1 SMP Debian 6.12.3-1~bpo12+1", [6, 12, 3]), ("#2 SMP Mon Nov 30 2026", [6, 1, 0]),
      ("#1 Debian", [6, 1, 0]), ("", [6, 1, 0]),
    ])
  func patchLevel(version: String, numbers: [Int]) {
    let kernel = RunningKernel("6.1.0-18-amd64", version: version)
    #expect(kernel.numbers == numbers)
    #expect(kernel.release == "6.1.0-18-amd64")
  }

  @Test("counters of netstat are found by the names of their columns")
  func netstat() {
    let counters = CounterFile.counters(
      ofNetstat: """
        TcpExt: SyncookiesSent IPReversePathFilter
        TcpExt: 3 18446744073709551615
        IpExt: InNoRoutes InMcastPkts
        IpExt: -1 27
        MPTcpExt: A B
        MPTcpExt: 1
        """)
    #expect(counters["TcpExt.IPReversePathFilter"] == .max)
    #expect(counters["IpExt.InMcastPkts"] == 27)
    #expect(counters["IpExt.InNoRoutes"] == nil)
    #expect(counters["MPTcpExt.A"] == nil)
  }

  @Test("counters of processors are added up")
  func processors() {
    let sums = CounterFile.sums(
      ofProcessors: """
        entries  in_hit in_martian_src
        00000007 00000001 0000000a
        00000007 00000002 ffffffff
        00000007 0000
        """)
    #expect(sums == ["entries": 14, "in_hit": 3, "in_martian_src": 0xffff_ffff + 10])
    #expect(CounterFile.sums(ofProcessors: "").isEmpty)
  }

  @Test("sockets that listen are read with their addresses")
  func sockets() throws {
    // As a little-endian machine writes them.
    let tcp = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
         0: 0B0200C0:1F9A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
         1: 0B0200C0:1F9B 01020304:0050 01 00000000:00000000 00:00000000 00000000     0
         2: broken
      """
    #expect(
      ListeningSocket.all(in: tcp, over: .tcp)
        == [ListeningSocket(.tcp, try #require(Endpoint("192.0.2.11:8090")))])
    let udp6 = """
        sl  local_address                         remote_address                        st
         9: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07
      """
    #expect(
      ListeningSocket.all(in: udp6, over: .udp)
        == [ListeningSocket(.udp, try #require(Endpoint("[2001:db8::1]:53")))])
  }

  @Test("modules are loaded, built in, on the disk, or nowhere; without lists nothing is known")
  func modules() {
    let names = ModuleList.names(
      in: """
        kernel/net/netfilter/ipvs/ip_vs_rr.ko.xz: kernel/net/netfilter/ipvs/ip_vs.ko.xz
        kernel/net/netfilter/nf-conntrack.ko:
        README
        """)
    #expect(names == ["ip_vs_rr", "nf_conntrack"])
    var modules = ModuleList(loaded: ["ip_vs"], builtIn: ["veth"], installed: names)
    #expect(modules.state(of: "ip_vs") == .present)
    #expect(modules.state(of: "veth") == .present)
    #expect(modules.state(of: "ip_vs_rr") == .loadable)
    #expect(modules.state(of: "ip_vs_twos") == .absent)
    modules.installed = nil
    #expect(modules.state(of: "ip_vs_rr") == .unknown)
  }

  @Test("files are read below their root, up to a limit; what is missing says so")
  func files() throws {
    let root = try #require(mkdtemp(strdup("/tmp/ipvs-host.XXXXXX")).map { String(cString: $0) })
    defer { _ = system("rm -r \(root)") }
    #expect(system("mkdir -p \(root)/proc/sys/net/ipv4/vs \(root)/proc/7/ns") == 0)
    #expect(system("echo ' 1 ' > \(root)/proc/sys/net/ipv4/ip_forward") == 0)
    #expect(system("ln -s 'net:[4026531840]' \(root)/proc/7/ns/net") == 0)
    let files = HostFiles(root: root)
    #expect(files.setting("net/ipv4/ip_forward") == "1")
    #expect(files.setting("net/ipv4/vs/conntrack") == nil)
    #expect(files.names(in: "/proc/sys/net/ipv4/vs") == [])
    #expect(files.names(in: "/proc/sys/net/ipv6") == nil)
    #expect(files.namespace(of: "7") == 4_026_531_840)
    #expect(files.namespace(of: "8") == nil)
    #expect(throws: SystemError(errno: EFBIG)) {
      try files.content(of: "/proc/sys/net/ipv4/ip_forward", atMost: 3)
    }
    #expect(throws: SystemError(errno: ENOENT)) { try files.content(of: "/proc/modules") }
  }
}
