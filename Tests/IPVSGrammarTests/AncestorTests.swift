// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText
import Testing

@testable import IPVSCommands

/// The language of ippfvsadm 1.0 (1998).
@Suite struct AncestorTests {
  private static func endpoint(_ bits: UInt32, _ port: UInt16) -> Endpoint {
    Endpoint(.v4(IPv4Address(bits)), port: port)
  }

  private static func added(
    _ server: Endpoint, weight: Int, to transport: TransportProtocol, _ service: Endpoint
  ) -> AncestorCommand {
    .add(
      RealServer(server, forwarding: .masquerading, weight: Weight(weight) ?? .quiesced),
      to: VirtualService(.endpoint(transport, service), scheduler: .weightedRoundRobin))
  }

  private static let virtual = endpoint(0xca67_6a05, 80)
  private static let real = endpoint(0xac10_0002, 80)

  static let rows: [(line: String, command: AncestorCommand)] = [
    (
      "-A -t 202.103.106.5:80 -R 172.16.0.2:80 -w 1",
      added(real, weight: 1, to: .tcp, virtual)
    ),
    (
      "-A -t 202.103.106.5:80 -R 172.16.0.3:8000 -w 2",
      added(endpoint(0xac10_0003, 8000), weight: 2, to: .tcp, virtual)
    ),
    (
      "-A -t 202.103.106.5:21 -R 172.16.0.3:21",
      added(endpoint(0xac10_0003, 21), weight: 1, to: .tcp, endpoint(0xca67_6a05, 21))
    ),
    ("-A -u202.103.106.5:80 -r172.16.0.2:80", added(real, weight: 1, to: .udp, virtual)),
    ("-At 202.103.106.5:80 -w 0 -R 172.16.0.2:80", added(real, weight: 0, to: .tcp, virtual)),
    ("-R 172.16.0.2:80 -t 202.103.106.5:80 -A", added(real, weight: 1, to: .tcp, virtual)),
    ("-D -t 202.103.106.5:80 -R 172.16.0.2:80", .delete(real, of: .endpoint(.tcp, virtual))),
    ("-D -t 202.103.106.5:80", .delete(nil, of: .endpoint(.tcp, virtual))),
    ("-C", .clear),
    ("-L", .list),
    ("-L --", .list),
    ("", .help),
    ("-h", .help),
    ("-L -h", .help),
    ("-A -x", .help),
    ("-Ln", .help),
    ("-t 202.103.106.5:80", .help),
    ("-A -t", .help),
    ("--help", .help),
  ]

  @Test("lines of the time", arguments: rows)
  func commands(_ row: (line: String, command: AncestorCommand)) throws {
    #expect(try AncestorParser.parse(words(row.line)) == row.command)
  }

  @Test("whole messages", arguments: ancestorDiagnostics)
  func complaints(_ row: (line: String, message: String)) {
    do throws(GrammarError) {
      let command = try AncestorParser.parse(words(row.line))
      Issue.record("accepted: \(command)")
    } catch {
      #expect(error.exitStatus == 2)
      let words = Words(words(row.line).dropFirst())
      let message = text(of: error, in: words, "ippfvsadm")
      #expect(message.description == row.message + "\n")
    }
  }
}
