// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSGrammar
import IPVSNames
import IPVSRules
import IPVSText
import Testing

@testable import IPVSExplaining

/// Rules of a file, and what the kernel did with packets under them (6.1.176).
@Suite struct ExampleTests {
  private static func pool(_ service: String, _ head: String, _ weights: [Int]) -> String {
    let servers = weights.enumerated().map {
      "-a \(service) -r 192.0.2.\(11 + $0.offset):8080 -m -w \($0.element)\n"
    }
    return "-A \(service) \(head)\n" + servers.joined()
  }

  private static let web = "-u 203.0.113.1:80"

  /// Rules, packets, and the server of each: the last number of its address, 0 for none.
  private static let examples: [(rules: String, packets: [(String, Int)])] = [
    (
      pool(web, "-s sh", [1, 1, 1]),
      [
        ("udp 198.51.100.10:20101", 12), ("udp 198.51.100.10:20102", 12),
        ("udp 198.51.100.11:20101", 11), ("udp 198.51.100.77:20101", 12),
        ("udp 198.51.100.10", 12),
      ]
    ),
    (
      pool(web, "-s sh", [3, 1, 2]),
      [
        ("udp 198.51.100.10:20201", 11), ("udp 198.51.100.11:20201", 12),
        ("udp 198.51.100.77:20201", 13),
      ]
    ),
    (
      pool(web, "-s sh -b sh-port", [1, 1, 1]),
      [
        ("udp 198.51.100.10:20301", 13), ("udp 198.51.100.10:20302", 12),
        ("udp 198.51.100.11:20301", 12), ("udp 198.51.100.77:20301", 12),
      ]
    ),
    (
      pool(web, "-s sh", [0, 1, 0]),
      [
        ("udp 198.51.100.10:20401", 12), ("udp 198.51.100.11:20401", 0),
        ("udp 198.51.100.77:20401", 12),
      ]
    ),
    (
      pool(web, "-s sh -b sh-fallback,sh-port", [0, 1, 0]),
      [("udp 198.51.100.10:20501", 12), ("udp 198.51.100.11:20501", 12)]
    ),
    (
      pool(web, "-s mh", [1, 1, 1]),
      [
        ("udp 198.51.100.10:20601", 12), ("udp 198.51.100.11:20601", 11),
        ("udp 198.51.100.77:20601", 12),
      ]
    ),
    (
      pool(web, "-s mh -b mh-port", [5, 1, 2]),
      [
        ("udp 198.51.100.10:20701", 13), ("udp 198.51.100.10:20702", 11),
        ("udp 198.51.100.11:20701", 11), ("udp 198.51.100.77:20701", 11),
      ]
    ),
    (pool(web, "-s dh", [1, 9, 1]), [("udp 198.51.100.10:21201", 11), ("udp 198.51.100.77", 11)]),
    (pool(web, "-s fo", [1, 9, 1]), [("udp 198.51.100.10:21201", 12)]),
    (pool(web, "-s rr", [0, 1, 0]), [("udp 198.51.100.10:22301", 12)]),
  ]

  private func explain(_ rules: String, _ packet: OpeningPacket) -> PacketExplanation {
    let file = RuleFile(Array(rules.utf8))
    #expect(!file.isFaulty)
    var explainer = Explainer(Evidence(file.rules))
    return explainer.explain(packet)
  }

  private func packet(_ line: String) throws -> OpeningPacket {
    var options = GlobalOptions()
    let words = Words(("--explain " + line).split(separator: " ").map { ByteString(String($0)) })
    let command = try CommandParser.parse(words, names: NumbersOnly(), options: &options)
    guard case .explain(let request) = command, let packet = request.packet else {
      throw GrammarError.words(.missingPacket(words: 0))
    }
    return packet
  }

  @Test func theServerIsTheKernels() throws {
    for (rules, packets) in Self.examples {
      for (line, number) in packets {
        let said = explain(rules, try packet("\(line) 203.0.113.1:80"))
        #expect(
          said.answer.certainty == (number == 0 ? .none : .certain), "\(rules)\(line): \(said)")
        let server = Endpoint("192.0.2.\(number):8080")
        #expect(said.answer.server?.endpoint == (number == 0 ? nil : server), "\(rules)\(line)")
      }
    }
  }

  @Test func aMarkComesBeforeTheAddress() throws {
    let rules =
      Self.pool("-u 203.0.113.4:80", "-s rr", [1])
      + "-A -f 7 -s rr\n-a -f 7 -r 192.0.2.12:9090 -m\n"
    let line = "udp 198.51.100.10:21301 203.0.113.4:80"
    let marked = explain(rules, try packet("\(line) --mark 7"))
    #expect(marked.answer.server?.endpoint == Endpoint("192.0.2.12:9090"))
    #expect(marked.service == .mark(7, .ipv4))
    for mark in ["0", "8"] {
      let other = explain(rules, try packet("\(line) --mark \(mark)"))
      #expect(other.answer.server?.endpoint == Endpoint("192.0.2.11:8080"))
    }
    let unknown = explain(rules, try packet(line))
    #expect(unknown.answer.certainty == .depends && unknown.unmarked?.certainty == .certain)
    #expect(unknown.answer.reason == "no mark given, services by mark: 7")
    #expect(unknown.answer.candidates.map(\.endpoint.port) == [8080, 9090])
  }

  @Test func portsLeadToServices() throws {
    let rules = """
      -A -t 203.0.113.2:21 -s rr -p 60
      -a -t 203.0.113.2:21 -r 192.0.2.11:21 -m
      -A -t 203.0.113.2:0 -s rr -p 60
      -a -t 203.0.113.2:0 -r 192.0.2.12:0 -m
      -A -t 203.0.113.2:80 -s rr
      -a -t 203.0.113.2:80 -r 192.0.2.13:8080 -m

      """
    for (port, server) in [
      (21, "192.0.2.11:21"), (50000, "192.0.2.11:50000"), (1023, "192.0.2.12:1023"),
      (80, "192.0.2.13:8080"),
    ] {
      let said = explain(rules, try packet("tcp 198.51.100.10:40001 203.0.113.2:\(port)"))
      #expect(said.answer.server?.endpoint == Endpoint(server), "\(port): \(said)")
    }
    let ftp = explain(rules, try packet("tcp 198.51.100.10:20 203.0.113.2:21"))
    #expect(ftp.answer.certainty == .none && ftp.steps.last?.name == .scheduler)
    let absent = explain(rules, try packet("udp 198.51.100.10:9 203.0.113.2:21"))
    #expect(absent.answer.certainty == .none && absent.service == nil)
    let anyPort = explain(rules, try packet("tcp 198.51.100.10:9 203.0.113.2"))
    #expect(anyPort.answer.certainty == .depends && anyPort.answer.candidates.isEmpty)
  }

  @Test func sharesAreThoseOfSlots() throws {
    let even = explain(
      Self.pool(Self.web, "-s sh -b sh-port", [3, 1]),
      try packet("udp 198.51.100.10 203.0.113.1:80"))
    #expect(even.answer.certainty == .depends)
    #expect(
      even.answer.candidates.map(\.share) == [
        Fraction(64, of: 256, .slots), Fraction(192, of: 256, .slots),
      ])
    let turns = explain(
      Self.pool(Self.web, "-s wrr", [3, 1]), try packet("udp 198.51.100.10:1 203.0.113.1:80"))
    #expect(
      turns.answer.candidates.map(\.share) == [
        Fraction(1, of: 4, .turns), Fraction(3, of: 4, .turns),
      ])
    let fallen = explain(
      Self.pool(Self.web, "-s mh -b mh-port,mh-fallback", [1, 1, 1]),
      try packet("udp 198.51.100.10 203.0.113.1:80"))
    let slots = fallen.answer.candidates.compactMap { $0.share?.part }
    #expect(slots.reduce(0, +) == 4093 && slots.allSatisfy { $0 > 1300 }, "\(fallen)")
  }

  @Test func aQuiescedServerOfMaglevLeavesTheAnswerOpen() throws {
    let rules = Self.pool(Self.web, "-s mh -b mh-fallback,mh-port", [1, 1, 0])
    for (port, client) in [(30006, 10), (30009, 10), (30301, 11), (30306, 11)] {
      let said = explain(rules, try packet("udp 198.51.100.\(client):\(port) 203.0.113.1:80"))
      #expect(said.answer.certainty == .depends && said.answer.candidates.count == 2, "\(said)")
    }
    let certain = try (101...300).filter { port in
      let said = explain(rules, try packet("udp 198.51.100.10:\(port) 203.0.113.1:80"))
      #expect(said.answer.certainty == .depends || said.remarks.contains { $0.contains("granted") })
      return said.answer.certainty == .certain
    }
    #expect(certain.count > 50 && certain.count < 200)
    var tooMany = Self.pool(Self.web, "-s mh", [1_000_000, 0])
    tooMany += "-a \(Self.web) -r 192.0.2.20:80 -m -w 0\n"
    let said = explain(tooMany, try packet("udp 198.51.100.10:1 203.0.113.1:80"))
    #expect(said.answer.certainty == .depends && said.answer.mayBeNone)
  }
}

/// Looks nothing up.
private final class NumbersOnly: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] { [] }
  func host(at address: IPAddress) -> ByteString? { nil }
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? { nil }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}
