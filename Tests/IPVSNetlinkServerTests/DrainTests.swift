// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Servers on their way out, and the connections that hold them.
@Suite struct DrainTests {
  private static let address = IPAddress.v4(IPv4Address(0x0a02_0001))

  @Test("the connections of a director are values")
  func connections() throws {
    let talk = try ConnectionRowsTests.talk(connections: 3)
    var director = try Director(.transport(TalkTransport(talk)))
    let connections = try director.connections()
    let expected = (0..<3).map {
      "UDP 198.18.0.\($0):4096 -> 10.0.0.1:53 -> 10.2.0.1:53 UDP 300 s"
    }
    #expect(connections.map(\.description).sorted() == expected)
    #expect(connections.allSatisfy { !$0.isTemplate && $0.engine == nil })
  }

  @Test("a drain is over when the last flow has ended, and then deletes the server")
  func flows() throws {
    let talk = try ConnectionRowsTests.talk(connections: 3)
    var director = try Director(.transport(TalkTransport(talk)))
    var drain = Drain(of: ServerSelection(Self.address), in: try director.picture())
    let service = try #require(drain.servers.first).name.service
    #expect(drain.unserved == service && !drain.isEmpty)
    #expect(try director.apply(drain.quiescence) == [])
    try director.look(at: &drain)
    let server = try #require(drain.servers.first)
    #expect(server.isSearched && server.connections.flows == 3 && !server.isAwake)
    #expect(server.now?.server.weight == .quiesced && !drain.isEmpty)

    talk.withBalancer { _ = $0.advance(to: Instant(seconds: 301)) }
    try director.look(at: &drain)
    #expect(drain.isEmpty)
    #expect(try director.apply(drain.deletions) == [])
    #expect(try director.servers(of: service).isEmpty)
    try director.look(at: &drain)
    #expect(drain.servers.first?.now == nil && drain.isEmpty && drain.deletions.isEmpty)
  }

  @Test("a server that got weight again is awake, and the way back gives it what it had")
  func weights() throws {
    let talk = try ConnectionRowsTests.talk(connections: 1)
    var director = try Director(.transport(TalkTransport(talk)))
    let before = try director.ruleSet()
    var drain = Drain(of: ServerSelection(Self.address), in: try director.picture())
    #expect(try director.apply(drain.quiescence) == [])
    #expect(try director.ruleSet() != before)
    #expect(try director.apply(drain.wayBack) == [])
    #expect(try director.ruleSet() == before)
    try director.look(at: &drain)
    #expect(drain.servers.map(\.isAwake) == [true])
  }

  @Test("without such a server there is nothing to do")
  func absence() throws {
    let talk = try ConnectionRowsTests.talk(connections: 0)
    var director = try Director(.transport(TalkTransport(talk)))
    let selection = ServerSelection(Self.address, port: 54)
    let drain = Drain(of: selection, in: try director.picture())
    #expect(drain.servers.isEmpty && drain.unserved == nil && drain.isEmpty)
    #expect(drain.quiescence.isEmpty && drain.wayBack.isEmpty && drain.deletions.isEmpty)
  }
}
