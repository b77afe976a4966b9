// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import Testing

@testable import IPVSImporting

/// What the lines of ldirectord.cf become.
@Suite struct LdirectordTests {
  static let settingCases: [ImportCase] = [
    ImportCase("", "-t 10.0.0.1:80 -s wrr"), ImportCase("protocol=udp", "-u 10.0.0.1:80 -s wrr"),
    ImportCase("protocol = tcp", "-t 10.0.0.1:80 -s wrr"),
    ImportCase("protocol=sctp", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("scheduler=RR wlc", "-t 10.0.0.1:80 -s wlc", "2 warning"),
    ImportCase("scheduler=RR", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("persistent=60", "-t 10.0.0.1:80 -s wrr -p 60"),
    ImportCase("persistent=x", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("netmask=255.255.0.0\n\tpersistent=6", "-t 10.0.0.1:80 -s wrr -p 6 -M 255.255.0.0"),
    ImportCase("netmask=255.255.0.0", "-t 10.0.0.1:80 -s wrr"),
    ImportCase("netmask=24\n\tpersistent=6", "-t 10.0.0.1:80 -s wrr -p 6", "2 error"),
    ImportCase("scheduler=sh\n\tschedflags=sh-port", "-t 10.0.0.1:80 -s sh -b sh-port"),
    ImportCase("ops=yes\n\tprotocol=udp", "-u 10.0.0.1:80 -s wrr -o"),
    ImportCase("ops=yes", "-t 10.0.0.1:80 -s wrr", "1 warning"),
    ImportCase("ops=maybe", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("checktype=off", "-t 10.0.0.1:80 -s wrr", "2 warning"),
    ImportCase("quiescent=no", "-t 10.0.0.1:80 -s wrr", "2 note"),
    ImportCase("request=\"x\"\n\tservice=http", "-t 10.0.0.1:80 -s wrr"),
    ImportCase("nonsense=1", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("real6=[fd00::1]:80 gate", "-t 10.0.0.1:80 -s wrr", "2 error"),
    ImportCase("# persistent=1", "-t 10.0.0.1:80 -s wrr"),
    ImportCase("persistent=1 # a comment", "-t 10.0.0.1:80 -s wrr -p 1"),
  ]

  @Test("a setting of a service", arguments: settingCases)
  func setting(_ sample: ImportCase) {
    let imported = Imported("virtual=10.0.0.1:80\n\t\(sample.lines)\n", as: .ldirectord)
    #expect(imported.rules == "-A \(sample.rules)\n")
    #expect(imported.notes == sample.notes)
  }

  static let serviceCases: [ImportCase] = [
    ImportCase("virtual=10.0.0.1:53", "-u 10.0.0.1:53 -s wrr"),
    ImportCase("virtual=10.0.0.1:domain", "-u 10.0.0.1:53 -s wrr"),
    ImportCase("virtual = 10.0.0.1:http", "-t 10.0.0.1:80 -s wrr"),
    ImportCase("virtual=7", "-f 7 -s wrr"),
    ImportCase("virtual6=7", "-f 7 -6 -s wrr"),
    ImportCase("virtual6=[fd00::1]:80", "-t [fd00::1]:80 -s wrr"),
    ImportCase("virtual=7 trailing", "-f 7 -s wrr", "1 warning"),
    ImportCase("virtual=[fd00::1]:80", "", "1 error"),
    ImportCase("virtual=10.0.0.1", "", "1 error"),
    ImportCase("virtual=10.0.0.1:nothing", "", "1 error"),
    ImportCase("virtual=web.example.org:80", "", "1 error"),
    ImportCase("virtual=10.0.0.1:0", "", "1 error"),
    ImportCase("virtual=10.0.0.1:99999", "", "1 error"),
    ImportCase("virtual6=10.0.0.1:80", "", "1 error"), ImportCase("virtual=", "", "1 error"),
    ImportCase("virtual=0", "", "1 error"), ImportCase("execute=other", "", "1 note"),
    ImportCase("quiescent=no", "", "1 note"), ImportCase("fallback=10.0.0.9:80", "", "1 note"),
    ImportCase("logfile=\"x\"", ""), ImportCase("what", "", "1 error"),
    ImportCase(" what=1", "", "1 error"),
    ImportCase("virtual=7\n  scheduler=rr", "-f 7 -s rr", "2 warning"),
    ImportCase("virtual=7\n\n    scheduler=rr\n    ops=no", "-f 7 -s rr", "3 warning"),
    ImportCase("virtual=7\n    scheduler=vip", "", "1 error"),
    ImportCase("virtual=7\n    schedflags=sh-port", "", "2 error"),
  ]

  @Test("a line outside of services", arguments: serviceCases)
  func service(_ sample: ImportCase) {
    let imported = Imported(sample.lines, as: .ldirectord)
    #expect(imported.rules == (sample.rules.isEmpty ? "" : "-A \(sample.rules)\n"))
    #expect(imported.notes == sample.notes)
  }

  static let serverCases: [ImportCase] = [
    ImportCase("10.0.0.2:80 gate", "10.0.0.2:80 -g -w 1"),
    ImportCase("10.0.0.2 masq", "10.0.0.2:0 -m -w 1"),
    ImportCase("10.0.0.2 gate", "10.0.0.2:80 -g -w 1"),
    ImportCase("10.0.0.2:81 gate 5", "10.0.0.2:80 -g -w 5", "2 warning"),
    ImportCase("10.0.0.2:81 masq\t5", "10.0.0.2:81 -m -w 5"),
    ImportCase("10.0.0.2:80 ipip", "10.0.0.2:80 -i -w 1 --tun-type ipip"),
    ImportCase("10.0.0.2:80 gate -w 3", "10.0.0.2:80 -g -w 3"),
    ImportCase("10.0.0.2:80 gate foo 3", "10.0.0.2:80 -g -w 3", "2 warning"),
    ImportCase("10.0.0.2:80 gate 5 \"a\", \"b\"", "10.0.0.2:80 -g -w 5"),
    ImportCase("10.0.0.2:80 gate \"a\" \"b\" l:1 u:2", "10.0.0.2:80 -g -w 1 -x 2 -y 1"),
    ImportCase("10.0.0.2:80 gate u:2 l:1", "", "2 warning", "2 error"),
    ImportCase("10.0.0.2:80 gate 0", "10.0.0.2:80 -g -w 0"),
    ImportCase("10.0.0.2:80 gate 5 more", "", "2 error"), ImportCase("10.0.0.2:80", "", "2 error"),
    ImportCase("10.0.0.2:80 nat", "", "2 error"), ImportCase("10.0.0.2:http gate", "", "2 error"),
    ImportCase("web.example.org:80 gate", "", "2 error"),
    ImportCase("[fd00::1]:80 gate", "", "2 error"),
    ImportCase("10.0.0.3->10.0.0.2 gate", "", "2 error"), ImportCase("", "", "2 error"),
    ImportCase("10.0.0.2->10.0.0.2:80 gate", "10.0.0.2:80 -g -w 1"),
  ]

  @Test("a real server", arguments: serverCases)
  func server(_ sample: ImportCase) {
    let imported = Imported("virtual=10.0.0.1:80\n\treal=\(sample.lines)\n", as: .ldirectord)
    let line = sample.rules.isEmpty ? "" : "-a -t 10.0.0.1:80 -r \(sample.rules)\n"
    #expect(imported.rules == "-A -t 10.0.0.1:80 -s wrr\n\(line)")
    #expect(imported.notes == sample.notes)
  }

  static let fallbackCases: [ImportCase] = [
    ImportCase(
      "checktype=off\n\tfallback=10.0.0.9", "10.0.0.9:80 -g -w 1", "2 warning", "3 note",
      "3 warning"),
    ImportCase("fallback=10.0.0.9:81 masq", "10.0.0.9:81 -m -w 1", "2 note", "2 warning"),
    ImportCase(
      "fallback=10.0.0.9:81 gate", "10.0.0.9:80 -g -w 1", "2 note", "2 warning", "2 warning"),
    ImportCase("fallback=10.0.0.9:81 nat", "", "2 note", "2 error"),
    ImportCase("fallback6=[fd00::9]:80", "", "2 error"),
    ImportCase("real=10.0.0.2:80 gate\n\tfallback=10.0.0.9", "10.0.0.2:80 -g -w 1", "3 note"),
  ]

  @Test("the fallback of a service without servers is in the table", arguments: fallbackCases)
  func fallback(_ sample: ImportCase) {
    let imported = Imported("virtual=10.0.0.1:80\n\t\(sample.lines)\n", as: .ldirectord)
    let line = sample.rules.isEmpty ? "" : "-a -t 10.0.0.1:80 -r \(sample.rules)\n"
    #expect(imported.rules == "-A -t 10.0.0.1:80 -s wrr\n\(line)")
    #expect(imported.notes == sample.notes)
    let common = Imported("virtual=7\nfallback=10.0.0.9:81 masq\n", as: .ldirectord)
    #expect(common.rules == "-A -f 7 -s wrr\n-a -f 7 -r 10.0.0.9:81 -m -w 1\n")
  }

  @Test("names of hosts are looked up where it is asked for")
  func names() {
    let text = "virtual=web.example.org:80\n\treal=web.example.org gate\n\treal=no.example.org gate"
    let imported = Imported(text, as: .ldirectord) { $0.resolvesHosts = true }
    #expect(
      imported.rules
        == "-A -t 192.0.2.1:80 -s wrr\n-a -t 192.0.2.1:80 -r 192.0.2.1:80 -g -w 1\n")
    #expect(imported.notes == ["3 error"])
  }

  @Test("a second service of the same address is left out")
  func repeated() {
    let imported = Imported("virtual=7\nvirtual=7\n\treal=10.0.0.1 gate", as: .ldirectord)
    #expect(imported.rules == "-A -f 7 -s wrr\n")
    #expect(imported.notes == ["2 error"])
  }

  @Test("a range of too many addresses is fatal")
  func range() {
    let text = "virtual=7\n\treal=10.0.0.0->10.2.0.0 gate"
    #expect(Imported(text, as: .ldirectord).result.severity == .fatal)
  }
}
