// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// The number by which a client of an engine knows that no rules changed while it read them.
@Suite struct GenerationTests {
  private static let web = ServiceIdentity.mark(1, .ipv4)
  private static let server = RealServer(
    Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80), forwarding: .masquerading)

  private static let changes: [Change] = [
    .addService(VirtualService(web)), .editService(VirtualService(web, persistence: 9)),
    .addServer(server, to: web), .editServer(server, of: web),
    .deleteServer(server.endpoint, of: web), .deleteService(web),
    .setTimeouts(Timeouts(tcp: 9, tcpFin: 9, udp: 9)),
    .startDaemon(SyncDaemon(.master)),
    .stopDaemon(.master, syncID: 0), .flush,
  ]

  /// The generation, from the bytes of the answer.
  private static func generation(_ talk: Talk) -> UInt64? {
    let answers = talk.ask(RequestBytes.message(2, type: Controller.engineType, flags: 1))
    let messages = answers.flatMap { SentMessage.all(in: $0) }
    guard messages.count == 1, messages[0].command == 2 else { return nil }
    let attributes = messages[0].attributes
    guard attributes.number(UInt16.self, at: 0) == 12, attributes.number(UInt16.self, at: 2) == 2
    else { return nil }
    return attributes.number(UInt64.self, at: 4)
  }

  @Test("each request to change rules raises the generation by one, refused or not")
  func changes() throws {
    let talk = Talk(in: HostNetwork(interfaces: ["eth0": 1500]))
    var director = try Director(.transport(TalkTransport(talk)))
    for change in Self.changes {
      let before = try #require(Self.generation(talk))
      try director.apply(change)
      #expect(Self.generation(talk) == before + 1, "\(change)")
    }
    let before = try #require(Self.generation(talk))
    #expect(throws: DirectorError.self) { try director.apply(.deleteService(Self.web)) }
    #expect(Self.generation(talk) == before + 1)
  }

  @Test("what reads rules, or zeroes counters, leaves the generation as it is")
  func readings() throws {
    let talk = Talk()
    var director = try Director(.transport(TalkTransport(talk)))
    try director.apply(.addService(VirtualService(Self.web)))
    let before = Self.generation(talk)
    _ = try director.picture()
    _ = try director.service(Self.web)
    try director.apply(.zero(Self.web))
    try director.apply(.zero(nil))
    #expect(before == 1 && Self.generation(talk) == before)
  }
}
