// SPDX-License-Identifier: Apache-2.0

import IPVSGrammar
import IPVSText
import TestSupport
import Testing

@testable import IPVSImporting

@Suite struct ImportFuzzTests {
  private static let words: [String] = [
    "virtual_server", "virtual_server_group", "real_server", "group", "fwmark", "g", "{", "}", "\n",
    "\r\n", "\t", "\"", "'", "\\", "#", "!", "@east", "@^east", "@", "$A", "${A}", "$A=",
    "$A= \\\n", "~SEQ(A, 3)",
    "~SEQx(A, 1, 5)", "~LST(A, 1, 2)", "~LST({A,B},{1,2})", "include", "a", "e/*", "{a,b}",
    "lb_algo", "rr",
    "lb_kind", "TUN", "type", "gue", "port", "weight", "1", "-1", "99999999999999999999",
    "10.0.0.1", "10.0.0.1-5",
    "10.0.0.0/30", "fd00::1", "fd00::1-f", "80", "protocol", "TCP", "persistence_timeout",
    "virtual=", "virtual6=",
    "real=", "[fd00::1]:80", "10.0.0.1:80", "10.0.0.1->10.0.0.3:80", "gate", "masq", "l:1", "u:2",
    "    ", "checktype=on",
    "services:", "- ", "address:", "tcp://10.0.0.1:80", "defaults:", "[", "]", ",", ": ", "${x}",
    "---", "\u{0}", "é",
  ]

  private func text(_ random: inout Seed) -> [UInt8] {
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 0...80, using: &random) {
      if Int.random(in: 0..<20, using: &random) == 0 { text += random.bytes(5) }
      text += Array((Self.words.randomElement(using: &random) ?? "").utf8)
      if Bool.random(using: &random) { text.append(0x20) }
    }
    return text
  }

  @Test("random words and damaged configurations neither crash nor give two answers")
  func words() {
    var random = Seed(for: "random configurations")
    let sample = Array(
      """
      $A=10.0.0.1
      virtual_server_group g {
        10.0.0.1-4 80
      }
      virtual_server ${A} 80 {
        lb_algo wrr
        real_server 10.0.0.2 80 { weight 5 }
      }
      virtual=10.0.0.1:80
          real=10.0.0.2->10.0.0.9:80 gate 5 "a", "b" l:1 u:2
      services: [{address: 'tcp://10.0.0.1:80', destinations: [{address: 10.0.0.2}]}]
      """.utf8)
    let files = ["a": "include b", "b": "$B= \\\n x\n", "e/1": "}", "e/2": "include ../a"]
    for _ in 0..<Seed.cases(usually: 500) {
      let bytes = Bool.random(using: &random) ? random.injured(sample) : text(&random)
      for format in ImportFormat.allCases {
        let first = Imported(bytes, as: format, files: files)
        let second = Imported(bytes, as: format, files: files)
        #expect(first.rules == second.rules && first.texts == second.texts)
      }
    }
  }
}
