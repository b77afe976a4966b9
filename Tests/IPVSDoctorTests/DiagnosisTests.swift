// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import Testing

/// How findings are put together and printed.
@Suite struct DiagnosisTests {
  @Test("the catalogue has 67 codes, in order, each with texts of its own")
  func catalogue() {
    let codes = FindingCode.allCases
    #expect(codes.count == 67)
    #expect(codes.map(\.rawValue) == codes.map(\.rawValue).sorted())
    #expect(Set(codes.map { "\($0.entry.title)" }).count == codes.count)
    for code in codes {
      for text in [code.entry.title, code.entry.symptom, code.entry.evidence] {
        #expect(!"\(text)".isEmpty)
        #expect(!"\(text)".hasSuffix("."), "\(text)")
      }
    }
    let groups = codes.map(\.group)
    #expect(groups.first == .kernel)
    #expect(groups.last == .realServer)
  }

  @Test("findings of one code are one block, with the first five objects")
  func folding() {
    var site = Site()
    site.facts.services[0].servers = []
    for index in 2...9 {
      site.add(.endpoint(.tcp, .of("203.0.113.\(index):80")), [])
    }
    let diagnosis = site.diagnosis
    #expect(diagnosis.findings.count == 1)
    #expect(diagnosis.findings[0].objects.count == 9)
    let text = "\(ByteString(diagnosis.text.bytes))"
    #expect(text.contains("error D05: a service has no servers\n"))
    #expect(
      text.contains(
        """
          services: TCP 203.0.113.1:80, TCP 203.0.113.2:80, TCP 203.0.113.3:80, TCP 203.0.113.4:80, \
        TCP 203.0.113.5:80, and 4 more

        """))
    #expect(text.components(of: "  evidence: ") == 1)
    #expect(text.hasSuffix("1 error, 0 warnings, 0 notes\n"))
    let json = "\(ByteString(diagnosis.json(namespace: nil).bytes))"
    #expect(json.components(of: "service TCP 203.0.113.") == 9)
    #expect(json.components(of: "\n") == 1)
  }

  @Test("the text of a finding, and of what is not looked for")
  func text() {
    var site = Site()
    site.set("net/ipv4/conf/in/forwarding", 0)
    site.set("net/ipv4/ip_forward", 0)
    site.lookOnce()
    site.facts.host.entering = "ip netns exec lb "
    #expect(
      "\(ByteString(site.diagnosis.text.bytes))" == """
        kernel, 6.1.0, network namespace 4026531840, 1 service, 2 servers, 0 connections
        error D10: masquerading servers, but the system does not forward IPv4
          service: TCP 203.0.113.1:80
          evidence: /proc/sys/net/ipv4/ip_forward = 0
          cause: answers of masquerading servers pass the director as forwarded packets, and are dropped
          remedy: ip netns exec lb sysctl -w net.ipv4.ip_forward=1
        not checked: D29 D31 D57: there was one look (--quick)
        1 error, 0 warnings, 0 notes

        """)
  }

  @Test("names from the host cannot end a line or a string")
  func hostileNames() {
    var site = Site()
    site.facts.host.mergingLinks = ["e\nerror D01: \u{1b}[2J"]
    site.set("net/ipv4/conf/all/forwarding", 1)
    let text = "\(ByteString(site.diagnosis.text.bytes))"
    #expect(!text.contains("\u{1b}"))
    #expect(!text.contains("\nerror"))
    #expect(!"\(ByteString(site.diagnosis.json(namespace: "n\n").bytes))".dropLast().contains("\n"))
  }

  @Test("what matters most comes first")
  func order() {
    var site = Site()
    site.facts.timeouts?.tcp = 900
    site.edit(0) { $0.server.weight = .quiesced }
    site.facts.services[0].service.scheduler = .scheduler("sh")
    site.route("203.0.113.1", .refused(errno: 101))
    #expect(site.found == ["error D12", "warning D09", "note D50"])
    #expect(site.diagnosis.has(.error))
    site.route("203.0.113.1", .route(Route(.local, link: 1)))
    #expect(!site.diagnosis.has(.error))
    #expect(site.diagnosis.has(.warning))
  }

  @Test("a setting of a link with a dot in its name keeps the dot")
  func settingNames() {
    let host = HostFacts()
    #expect(
      host.setting("net/ipv4/conf/eth0.5/rp_filter", to: 2)
        == "sysctl -w net.ipv4.conf.eth0/5.rp_filter=2")
  }

  @Test("objects are related where the same trouble may be behind them")
  func relations() {
    let server = FindingObject.server(Site.first, of: Site.web)
    let other = FindingObject.server(Site.second, of: Site.web)
    let service = FindingObject.service(Site.web)
    let address = FindingObject.address(.of("203.0.113.1"))
    for (one, two, areRelated) in [
      (server, service, true), (server, address, true), (service, address, true),
      (server, other, false), (server, .link("in"), false), (.link("in"), .link("in"), true),
      (.address(.of("203.0.113.2")), service, false),
    ] {
      #expect(RelatedObjects([one]).hasRelated(two) == areRelated, "\(one), \(two)")
      #expect(RelatedObjects([two]).hasRelated(one) == areRelated, "\(two), \(one)")
    }
  }
}

extension String {
  /// How often a text is in this one.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let start = rest.firstIndex(where: { $0 == text.first }) {
      rest = rest[start...]
      if rest.hasPrefix(text) { count += 1 }
      rest = rest.dropFirst()
    }
    return count
  }
}
