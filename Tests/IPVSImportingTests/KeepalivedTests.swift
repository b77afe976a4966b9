// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSRules
import IPVSText
import Testing

@testable import IPVSImporting

/// What the lines of a virtual server become, and what is said of them.
@Suite struct KeepalivedTests {
  private static let start = "virtual_server 10.0.0.1 80 {\n"
  private static let basis = "lb_algo rr\nlb_kind NAT\nprotocol TCP\n"
  private static let server = "real_server 10.0.0.2 80 {\n}\n"
  private static let plain = "-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1\n"

  // The first line is line 5, behind those of `basis`.
  static let settingCases: [ImportCase] = [
    ImportCase("", "-s rr"),
    ImportCase("lvs_sched sed", "-s sed"),
    ImportCase("lb_algo loadbalance", "-s rr", "5 error"),
    ImportCase("persistence_timeout", "-s rr -p 360"),
    ImportCase("persistence_timeout 2678400", "-s rr -p 2678400"),
    ImportCase("persistence_timeout 2678401", "-s rr", "5 error"),
    ImportCase("persistence_timeout 0", "-s rr", "5 error"),
    ImportCase("persistence_timeout 0x10", "-s rr", "5 error"),
    ImportCase("persistence_timeout 5x", "-s rr", "5 error"),
    ImportCase("persistence_granularity 255.255.0.0", "-s rr -p 360 -M 255.255.0.0"),
    ImportCase("persistence_granularity 24", "-s rr -p 360 -M 0.0.0.24", "5 warning"),
    ImportCase("persistence_granularity x", "-s rr", "5 error"),
    ImportCase("persistence_engine sip", "-s rr", "1 warning"),
    ImportCase("persistence_engine sip\npersistence_timeout 5", "-s rr -p 5 --pe sip"),
    ImportCase("ops", "-s rr", "1 warning"),
    ImportCase("flag-1\nflag-2\nflag-3", "-s rr -b flag-1,flag-2,flag-3"),
    ImportCase("sh-port", "-s rr", "5 error"),
    ImportCase("lb_algo mh\nmh-port\nsh-fallback", "-s mh -b mh-port", "7 error"),
    ImportCase("LB_ALGO wlc", "-s rr", "5 error"),
    ImportCase("hashed", "-s rr"),
    ImportCase("nat_mask 255.255.255.0", "-s rr", "5 ignored"),
    ImportCase("alpha\nalpha", "-s rr", "5 note"),
    ImportCase("quorum 2\nha_suspend\ninhibit_on_failure", "-s rr", "5 note", "6 note", "7 note"),
    ImportCase("sorry_server 10.0.0.9 80", "-s rr", "5 note"),
    ImportCase("sorry_server_inhibit", "-s rr", "5 error"),
    ImportCase("laddr_group_name pool", "-s rr", "5 error"),
    ImportCase("uthreshold 5", "-s rr", "5 error"),
    ImportCase("ip_family inet6", "-s rr", "5 error"),
    ImportCase("protocol GRE", "-s rr", "5 error"),
    ImportCase("lb_algo", "-s rr", "5 error"),
    ImportCase("no_keyword {\nlb_algo wlc\n}", "-s rr", "5 error"),
    ImportCase("weight 0", "-s rr", "5 error"),
    ImportCase("$NOTHING", "-s rr", "5 error"),
    ImportCase("delay_loop 5\nquorum_down \"x } {\"", "-s rr"),
  ]

  @Test("a setting of a virtual server", arguments: settingCases)
  func settings(_ sample: ImportCase) {
    let imported = Imported("\(Self.start)\(Self.basis)\(sample.lines)\n\(Self.server)}\n")
    #expect(imported.rules == "-A -t 10.0.0.1:80 \(sample.rules)\n\(Self.plain)")
    #expect(imported.notes == sample.notes)
  }

  static let serverCases: [ImportCase] = [
    ImportCase("10.0.0.2 80 {\nweight 5\n}", "10.0.0.2:80 -m -w 5"),
    ImportCase("10.0.0.2 {\n}", "10.0.0.2:80 -m -w 1"),
    ImportCase("10.0.0.2 0 {\n}", "10.0.0.2:80 -m -w 1"),
    ImportCase("10.0.0.2 8080 {\n}", "10.0.0.2:8080 -m -w 1"),
    ImportCase("10.0.0.2 8080 {\nlvs_method DR\n}", "10.0.0.2:80 -g -w 1", "4 warning"),
    ImportCase("10.0.0.2 {\nlvs_method TUN\n}", "10.0.0.2:80 -i -w 1 --tun-type ipip"),
    ImportCase(
      "10.0.0.2 {\nlvs_method TUN type gue port 6080 csum\n}",
      "10.0.0.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum"),
    ImportCase(
      "10.0.0.2 {\nlvs_method TUN type gue\n}", "10.0.0.2:80 -i -w 1 --tun-type ipip", "5 error"),
    ImportCase(
      "10.0.0.2 {\nlvs_method TUN type gre remcsum\n}", "10.0.0.2:80 -i -w 1 --tun-type ipip",
      "5 error"),
    ImportCase("10.0.0.2 80 {\nlvs_method dr\n}", "10.0.0.2:80 -m -w 1", "5 error"),
    ImportCase("10.0.0.2 80 {\nweight 70000\n}", "10.0.0.2:80 -m -w 70000"),
    ImportCase("10.0.0.2 80 {\nweight -1\n}", "10.0.0.2:80 -m -w 1", "5 error"),
    ImportCase("10.0.0.2 80 {\nweight 5x\n}", "10.0.0.2:80 -m -w 5", "5 warning"),
    ImportCase("10.0.0.2 80 {\nweight many\n}", "10.0.0.2:80 -m -w 0", "5 error"),
    ImportCase("10.0.0.2 80 {\nweight\n}", "10.0.0.2:80 -m -w 1", "5 error"),
    ImportCase("10.0.0.2 80 {\nuthreshold 5\nlthreshold 4\n}", "10.0.0.2:80 -m -w 1 -x 5 -y 4"),
    ImportCase("10.0.0.2 80 {\nlthreshold 4\n}", "", "4 error"),
    ImportCase("10.0.0.2 80 {\nuthreshold 3\nlthreshold 4\n}", "", "4 error"),
    ImportCase("10.0.0.2 80 {\nTCP_CHECK {\nconnect_port 81\n}\n}", "10.0.0.2:80 -m -w 1"),
    ImportCase("10.0.0.2 80 {\ninhibit_on_failure\n}", "10.0.0.2:80 -m -w 1", "5 note"),
    ImportCase("10.0.0.2 80 {\nunknown\n}", "10.0.0.2:80 -m -w 1", "5 error"),
    ImportCase("fd00::2 80 {\nlvs_method TUN\n}", "[fd00::2]:80 -i -w 1 --tun-type ipip"),
    ImportCase("10.0.0.2 80x {\n}", "10.0.0.2:80 -m -w 1", "4 warning"),
  ]

  @Test("a real server", arguments: serverCases)
  func servers(_ sample: ImportCase) {
    let text = "\(Self.start)lb_algo rr\nprotocol TCP\nreal_server \(sample.lines)\nlb_kind NAT\n}"
    let imported = Imported(text)
    let line = sample.rules.isEmpty ? "" : "-a -t 10.0.0.1:80 -r \(sample.rules)\n"
    #expect(imported.rules == "-A -t 10.0.0.1:80 -s rr\n\(line)")
    #expect(imported.notes == sample.notes)
  }

  @Test(
    "a real server that is left out leaves no service",
    arguments: ["10.0.0.2 http", "host 80", "10.1 80", "10.0.0.2 65536", "fd00::2 80", ""])
  func noServer(_ words: String) {
    let imported = Imported("\(Self.start)\(Self.basis)real_server \(words) {\n}\n}")
    #expect(imported.rules == "" && imported.result.severity == .error)
    #expect(imported.notes.last == "1 error")
  }

  @Test(
    "a virtual server that is left out",
    arguments: [
      "host 80", "10.0.0.1 http", "fwmark 0x3", "fwmark $MARK", "fwmark 0", "fwmark 4294967296",
      "fwmark", "group nothing", "group", "match SRC", "10.0.0.1-5 80", "",
    ])
  func noService(_ words: String) {
    let imported = Imported("virtual_server \(words) {\n\(Self.basis)\(Self.server)}\n")
    #expect(imported.rules == "")
    #expect(imported.notes == ["1 error"])
  }

  @Test("what is missing is what keepalived takes")
  func defaults() {
    let imported = Imported("virtual_server 10.0.0.1 {\nreal_server 10.0.0.2 80 {\n}\n}\n")
    #expect(
      imported.rules
        == "-A -u 10.0.0.1:0 -s wlc -p 360\n-a -u 10.0.0.1:0 -r 10.0.0.2:80 -m -w 1\n")
    #expect(imported.notes == ["1 warning", "1 warning", "1 warning", "1 warning"])
    #expect(imported.result.severity == .warning)
  }

  @Test("a second virtual server gives its servers to the first")
  func repeated() {
    let imported = Imported(
      "\(Self.start)\(Self.basis)\(Self.server)}\n"
        + "\(Self.start)lb_algo sh\nprotocol TCP\nlb_kind DR\nreal_server 10.0.0.3 80 {\n}\n}\n")
    #expect(
      imported.rules
        == "-A -t 10.0.0.1:80 -s rr\n\(Self.plain)-a -t 10.0.0.1:80 -r 10.0.0.3:80 -g -w 1\n")
    #expect(imported.notes == ["8 warning"])
  }

  static let rangeCases: [(String, [String]?)] = [
    ("10.0.0.1-3", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ("10.0.0.255-10.0.1.0", ["10.0.0.255", "10.0.1.0"]),
    ("10.0.0.4/31", ["10.0.0.4", "10.0.0.5"]), ("10.0.0.4/32", ["10.0.0.4"]),
    ("10.0.0.5-10.0.0.5", ["10.0.0.5"]),
    ("fd00::9-a", ["fd00::9", "fd00::a"]), ("fd00::/127", ["fd00::", "fd00::1"]),
    ("fd00::1-fd00::2", ["fd00::1", "fd00::2"]),
    ("10.0.0.3-1", nil), ("10.0.0.3-3", nil), ("10.0.0.3/24", nil), ("10.0.0.0/0", nil),
    ("10.0.0.0/33", nil), ("10.0.0.1-fd00::1", nil), ("10.0.0.9-10.0.0.1", nil),
    ("10.0.0.1-256", nil), ("10.0.0.1-", nil), ("-5", nil), ("fd00::1-10000", nil), ("host", nil),
  ]

  @Test("a range of addresses in a group", arguments: rangeCases)
  func ranges(_ words: String, _ addresses: [String]?) {
    let isFirst = addresses?.first?.contains(":") == true
    let imported = Imported(
      "virtual_server_group g {\n\(words) 80\n}\nvirtual_server group g {\n\(Self.basis)"
        + "real_server \(isFirst ? "fd00::99" : "10.9.9.9") 80 {\n}\n}\n")
    let found = imported.result.rules.services.map { "\($0.service.identity)" }
    let expected = addresses?.map { isFirst ? "TCP [\($0)]:80" : "TCP \($0):80" }
    #expect(found == expected ?? [])
    #expect((imported.result.severity >= .error) == (addresses == nil))
  }

  @Test("a port that one entry lacks makes all entries persistent; marks have no port")
  func groups() {
    let imported = Imported(
      """
      virtual_server_group g {
      10.0.0.1 80
      10.0.0.2
      fwmark 5
      }
      virtual_server group g {
      \(Self.basis)real_server 10.0.0.9 {
      lvs_method DR
      }
      real_server 10.0.0.8 {
      }
      }
      """)
    #expect(
      imported.rules == """
        -A -t 10.0.0.1:80 -s rr -p 360
        -a -t 10.0.0.1:80 -r 10.0.0.9:80 -g -w 1
        -a -t 10.0.0.1:80 -r 10.0.0.8:0 -m -w 1
        -A -t 10.0.0.2:0 -s rr -p 360
        -a -t 10.0.0.2:0 -r 10.0.0.9:0 -g -w 1
        -a -t 10.0.0.2:0 -r 10.0.0.8:0 -m -w 1
        -A -f 5 -s rr -p 360
        -a -f 5 -r 10.0.0.9:0 -g -w 1
        -a -f 5 -r 10.0.0.8:0 -m -w 1

        """)
  }

  static let globalCases: [ImportCase] = [
    ImportCase("lvs_timeouts tcp 5", "--set 5 0 0\n"),
    ImportCase("lvs_timeouts udp 6 tcpfin 7", "--set 0 7 6\n"),
    ImportCase("lvs_timeouts tcp x", "", "2 error"), ImportCase("lvs_timeouts tcp", "", "2 error"),
    ImportCase(
      "lvs_sync_daemon eth1",
      "--start-daemon master --mcast-interface eth1 --syncid 0\n"
        + "--start-daemon backup --mcast-interface eth1 --syncid 0\n"),
    ImportCase("lvs_sync_daemon eth1 VI_1 id 5", "", "2 note"),
    ImportCase("lvs_sync_daemon eth1 inst VI_1", "", "2 note"),
    ImportCase("lvs_sync_daemon eth1 id 256", "", "2 error"),
    ImportCase("lvs_sync_daemon eth1 group 10.0.0.1", "", "2 error"),
    ImportCase("lvs_sync_daemon abcdefghijklmnop", "", "2 error"),
    ImportCase("lvs_flush\nrouter_id x\nnotification_email {\na@b\n}", ""),
  ]

  @Test("what is for all services", arguments: globalCases)
  func globals(_ sample: ImportCase) {
    let imported = Imported("global_defs {\n\(sample.lines)\n}\n")
    #expect(imported.rules == sample.rules)
    #expect(imported.notes == sample.notes)
  }

  @Test("blocks of other parts are passed over, whatever braces are quoted in them")
  func otherBlocks() {
    let imported = Imported(
      """
      vrrp_instance V {
        notify "/bin/x } {"
        virtual_ipaddress {
          10.0.0.1
        }
        lvs_sync_daemon_interface eth0
      }
      bfd_instance b { neighbor_ip 10.0.0.9 }
      static_routes {
      }
      net_namespace blue
      this_is_nothing {
        virtual_server 10.0.0.1 80 {
        }
      }
      """)
    #expect(imported.notes == ["6 note", "11 note", "12 error"])
  }
}
