// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import Testing

@testable import IPVSImporting

/// What the model of ipvsctl becomes, and which YAML is read.
@Suite struct IpvsctlTests {
  private func imported(_ text: String, _ change: (inout ImportSettings) -> Void = { _ in })
    -> Imported
  {
    Imported(text, as: .ipvsctl, change: change)
  }

  static let serviceCases: [ImportCase] = [
    ImportCase("{address: 'tcp://10.0.0.1:80'}", "-t 10.0.0.1:80 -s rr"),
    ImportCase("{address: \"udp://10.0.0.1\", sched: sh}", "-u 10.0.0.1:81 -s sh"),
    ImportCase("{address: 'sctp://10.0.0.1:1'}", "--sctp-service 10.0.0.1:1 -s rr"),
    ImportCase("{address: fwmark:5}", "-f 5 -s rr"),
    ImportCase("{address: fwmark:x}", "", "3 error"),
    ImportCase("{address: 'tcp://[fd00::1]:80'}", "", "3 error"),
    ImportCase("{address: 10.0.0.1}", "", "3 error"),
    ImportCase("{address: 'tcp://host:80'}", "", "3 error"),
    ImportCase("{sched: rr}", "", "3 error"),
    ImportCase("{address: fwmark:5, sched: none}", "", "3 error"),
    ImportCase("text", "", "3 error"),
    ImportCase("{address: fwmark:5, other: 1}", "-f 5 -s rr", "3 warning"),
    ImportCase("{address: 'tcp://10.0.0.1:99999'}", "", "3 error"),
  ]

  @Test("a service", arguments: serviceCases)
  func service(_ sample: ImportCase) {
    let imported = imported("defaults: {port: 81}\nservices:\n- \(sample.lines)\n")
    #expect(imported.rules == (sample.rules.isEmpty ? "" : "-A \(sample.rules)\n"))
    #expect(
      imported.notes.filter { !(sample.rules.isEmpty && $0.hasSuffix("warning")) } == sample.notes)
  }

  static let destinationCases: [ImportCase] = [
    ImportCase("{address: 10.0.0.2, weight: 3, forward: nat}", "10.0.0.2:80 -m -w 3", "2 warning"),
    ImportCase(
      "{address: '10.0.0.2:81', weight: 3, forward: direct}", "10.0.0.2:80 -g -w 3", "2 warning"),
    ImportCase(
      "{address: '10.0.0.2:81', weight: 3, forward: tunnel}", "10.0.0.2:80 -i -w 3 --tun-type ipip",
      "2 warning"),
    ImportCase(
      "{address: '10.0.0.2:81', weight: 3}", "10.0.0.2:80 -g -w 3", "2 warning", "2 warning"),
    ImportCase("{address: '10.0.0.2:81', forward: nat}", "10.0.0.2:81 -m -w 0", "2 warning"),
    ImportCase("{address: '10.0.0.2:81', weight: 0, forward: nat}", "10.0.0.2:81 -m -w 0"),
    ImportCase(
      "{address: '10.0.0.2:81', weight: 65536, forward: nat}", "10.0.0.2:81 -m -w 1", "2 warning"),
    ImportCase(
      "{address: '10.0.0.2:81', weight: -5, forward: nat}", "10.0.0.2:81 -m -w 1", "2 warning"),
    ImportCase("{address: '10.0.0.2:81', weight: 1, forward: fnat}", "", "2 error"),
    ImportCase("{address: 'fd00::1', weight: 1, forward: nat}", "", "2 error"),
    ImportCase("{weight: 1}", "", "2 error"), ImportCase("[]", "", "2 error"),
  ]

  @Test("a destination without defaults", arguments: destinationCases)
  func destination(_ sample: ImportCase) {
    let imported = imported(
      "services:\n- {address: 'tcp://10.0.0.1:80', destinations: [\(sample.lines)]}\n")
    let line = sample.rules.isEmpty ? "" : "-a -t 10.0.0.1:80 -r \(sample.rules)\n"
    #expect(imported.rules == "-A -t 10.0.0.1:80 -s rr\n\(line)")
    #expect(imported.notes == sample.notes)
  }

  @Test("without a port and a default for it, a service is left out")
  func noPort() {
    #expect(imported("services: [{address: 'tcp://10.0.0.1'}]").notes == ["1 error"])
  }

  @Test("what is there twice is left out")
  func repeated() {
    let destination = "{address: '10.0.0.2:1', weight: 1, forward: nat}"
    let text =
      "services:\n- {address: fwmark:1, destinations: [\(destination),\n  \(destination)]}\n"
      + "- address: fwmark:1\n"
    let imported = imported(text)
    #expect(imported.rules == "-A -f 1 -s rr\n-a -f 1 -r 10.0.0.2:1 -m -w 1\n")
    #expect(imported.notes == ["2 error", "4 error"])
  }

  @Test("parameters are filled, those in each other too, and the environment when it is asked for")
  func parameters() {
    let text = "services:\n- address: tcp://${hosts.${stage}}:${env.PORT}\n"
    let filled = imported(text) {
      $0.parameters = ["hosts.test": "10.0.0.1", "stage": "test"]
      $0.environment = { $0 == "PORT" ? "80" : nil }
    }
    #expect(filled.rules == "-A -t 10.0.0.1:80 -s rr\n")
    #expect(imported(text).notes == ["2 error"])
    let endless = imported(text) { $0.parameters = ["stage": "${stage}"] }
    #expect(endless.notes == ["2 error"])
  }

  @Test(
    "YAML that is not read is fatal, with its line",
    arguments: [
      ("a: 1\n---\nb: 2", 2), ("services: &x\n", 1), ("services: *x", 1), ("a: !!str b", 1),
      ("a: |\n  text", 1), ("a: 'b", 1), ("a: [b", 1), ("a: {b", 1), ("\ta: 1", 1),
      ("a: 1\n b: 2", 2),
      ("a: 1\na: 2", 2), ("- a\nb: 1", 2), ("a: \"\\x\"", 1), ("a: [1] 2", 1), ("%YAML 1.2", 1),
      ("text", 1), ("a: 1\n...\n", 2),
      (String(repeating: "[", count: 100_000), 1), (String(repeating: "- ", count: 100_000), 1),
    ])
  func refused(_ text: String, _ line: Int) {
    let imported = imported(text)
    #expect(imported.result.severity == .fatal)
    #expect(imported.result.notes.last?.place?.line == line)
  }

  @Test(
    "YAML that means the same",
    arguments: [
      "services:\n- address: fwmark:1\n", "services:\n  - address: fwmark:1",
      "services:\n-\n  address: fwmark:1",
      "services: [{address: fwmark:1}]", "{services: [ { address : 'fwmark:1' , } ] }",
      "---\nservices: # one\n\n# two\n- address: \"fwmark:1\"  # three\r\n",
      "services: [\n{address:\n fwmark:1}\n]\n",
      "\"services\":\n- 'address': fwmark:1",
      "defaults:\nservices:\n- address: fwmark:1\n  destinations:\n",
      "defaults: ~\nservices: [{\"address\": fwmark:1, destinations: []}]",
    ])
  func same(_ text: String) {
    let imported = imported(text)
    #expect(imported.rules == "-A -f 1 -s rr\n")
    #expect(imported.notes.isEmpty)
  }

  @Test("an empty text has no rules")
  func empty() {
    #expect(imported("").result.severity == .ignored)
    #expect(imported("# nothing\n").rules == "")
  }
}
