// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSListing
import IPVSRules
import Testing

@testable import IPVSDoctor

/// Connections that are added up while they are read.
@Suite struct ConnectionFactsTests {
  private static let titles =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

  private func facts(
    _ rows: String, _ services: [ListedService] = []
  ) throws -> ConnectionFacts {
    var counter = ConnectionFacts.Counter(services)
    var reader = ConnectionReader()
    let text = Array((Self.titles + rows).utf8)
    // In pieces, as a file comes.
    for start in stride(from: 0, to: text.count, by: 100) {
      try reader.feed(text.span.extracting(start..<min(start + 100, text.count)), into: &counter) {
        rows, text, counter in
        while let row = rows.next(in: text) { counter.add(row, in: text) }
      }
    }
    return counter.facts
  }

  @Test("connections of TCP are half-open, established, or finished; templates do not count")
  func streams() throws {
    let facts = try facts(
      """
      TCP C633640A 9C41 CB007101 0050 C000020B 1F90 SYN_RECV         58
      TCP C633640A 9C42 CB007101 0050 C000020B 1F90 SYN_RECV         57
      TCP C633640B 9C42 CB007101 0050 C000020B 1F90 SYN_RECV         57
      TCP C633640A 9C43 CB007101 0050 C000020B 1F90 ESTABLISHED     890
      TCP C633640A 9C44 CB007101 0050 C000020B 1F90 TIME_WAIT        90
      TCP C633640A 0000 CB007101 0050 C000020B 1F90 NONE            300
      TCP C633640A 9C45 CB007101 0051 C000020B 1F90 ESTABLISHED     890

      """)
    #expect(facts.count == 7)
    let key = ConnectionFacts.ServerKey(Site.first, of: .of("203.0.113.1:80"), .tcp)
    let tally = try #require(facts.servers[key])
    #expect(tally.opening == 3)
    #expect(tally.established == 1)
    #expect(tally.finished == 1)
    #expect(tally.openingClients == [.of("198.51.100.10"), .of("198.51.100.11")])
    #expect(facts.servers.count == 2)
  }

  @Test("a flow whose server is in no service that has its virtual endpoint is orphaned")
  func flows() throws {
    let rows = """
      UDP C633640A 15B3 CB007101 0035 C000020B 0035 UDP             299
      UDP C633640A 15B4 CB007101 0035 C000020C 0035 UDP             299
      UDP C633640A 0000 CB007101 0035 C000020C 0035 NONE            299
      UDP C633640A 15B5 CB007102 0035 C000020C 0035 UDP             299

      """
    func service(_ endpoint: String, _ servers: String...) -> ListedService {
      ListedService(
        VirtualService(.endpoint(.udp, .of(endpoint))),
        servers: servers.map { ListedServer(.masquerading(.of($0))) })
    }
    var facts = try facts(rows, [service("203.0.113.1:53", "192.0.2.11:53")])
    #expect(facts.orphanedFlows == 1)
    #expect(facts.firstOrphan?.server == .of("192.0.2.12:53"))
    // A service that is gone was deleted on purpose, and a backup may have none.
    facts = try self.facts(rows)
    #expect(facts.orphanedFlows == 0)
    // A service for all ports has servers without a port.
    facts = try self.facts(rows, [service("203.0.113.1:0", "192.0.2.11:0", "192.0.2.12:0")])
    #expect(facts.orphanedFlows == 0)
  }

  @Test("clients of half-open connections are kept up to a limit")
  func limit() throws {
    let rows = (0..<1000).map { number in
      "TCP 0A00\(String(0x1000 + number, radix: 16).uppercased()) 9C41 CB007101 0050 "
        + "C000020B 1F90 SYN_RECV         58\n"
    }
    let facts = try facts(rows.joined())
    #expect(facts.servers.values.first?.opening == 1000)
    #expect(facts.servers.values.first?.openingClients.count == ConnectionFacts.mostClients)
  }

  @Test("connections that came from another director are counted, in pieces of any size")
  func origins() {
    let text = Array(
      """
      Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires
      TCP C633640A 9C41 CB007101 0050 C000020B 1F90 ESTABLISHED SYNC       58
      TCP C633640A 9C42 CB007101 0050 C000020B 1F90 ESTABLISHED LOCAL      58
      TCP C633640A 9C43 CB007101 0050 C000020B 1F90 SYNC        LOCAL      58
      TCP C633640A 9C44 CB007101 0050 C000020B 1F90 ESTABLISHED SYNC       58

      """.utf8)
    for size in [1, 7, 64, text.count] {
      var counter = OriginCounter()
      for start in stride(from: 0, to: text.count, by: size) {
        counter.take(text.span.extracting(start..<min(start + size, text.count)))
      }
      #expect(counter.count == 2)
    }
  }
}
