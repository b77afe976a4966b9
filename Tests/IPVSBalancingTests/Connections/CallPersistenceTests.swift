// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Persistence by the call: the engine `sip`.
@Suite struct CallPersistenceTests {
  private static let service = Sample.service(5060, transport: 17)

  private static func director(
    _ service: ServiceKey = service, netmask: UInt32 = .max, engine: ByteString = "sip"
  ) throws -> DirectorModel {
    var settings = ServiceSettings.persistent(300, netmask: netmask)
    settings.engine = engine
    return try DirectorModel.serving(service, settings, servers: 3)
  }

  private static func message(
    _ call: String?, _ number: UInt8 = 7, port: UInt16 = 40_001
  ) -> [UInt8] {
    let field = call.map { "Call-ID: \($0)\r\n" } ?? ""
    return PacketMaker.udp(
      .client(number, port: port), .virtual(5060), Array("INVITE\r\n\(field)\r\n".utf8))
  }

  @Test func eachCallHasItsServer() throws {
    var director = try Self.director()
    let servers = [
      director.server(for: Self.message("a@x", port: 1)),
      director.server(for: Self.message("b@x", port: 2)),
      director.server(for: Self.message("a@x", port: 3)),
      director.server(for: Self.message("b@x", port: 4)),
    ]
    #expect(servers == [1, 2, 1, 2])
    let templates = director.timedTable.filter { $0.contains("NONE") }
    #expect(
      templates == [
        "UDP C6336407 0000 0A000001 13C4 0A020001 13C4 NONE 300 sip a@x",
        "UDP C6336407 0000 0A000001 13C4 0A020002 13C4 NONE 300 sip b@x",
      ])
    #expect(director.timedTable.filter { $0.contains("sip") }.count == 2)
  }

  /// Templates are found by the Call-ID and the client's network.
  @Test(arguments: [(.max, [1, 2]), (0, [1, 1])] as [(UInt32, [UInt8])])
  func theClientsNetworkCountsToo(_ netmask: UInt32, _ expected: [UInt8]) throws {
    var director = try Self.director(netmask: netmask)
    let servers = [7, 8].map { (number: UInt8) in
      director.server(for: Self.message("a@x", number))
    }
    #expect(servers == expected)
  }

  @Test func whatCarriesNoCallIsDropped() throws {
    var director = try Self.director()
    let reason = director.receive(Self.message(nil)).dropReason
    #expect(reason == .persistenceEngine)
    #expect(director.table == [] && director.balancer.counters == Counters())
    // A known connection carries anything.
    _ = director.receive(Self.message("a@x"))
    let server = director.server(for: Self.message(nil))
    #expect(server == 1)
  }

  @Test func otherProtocolsCarryNone() throws {
    var director = try Self.director(Sample.service(5060))
    let reason = director.receive(PacketMaker.tcp("S", .client(), .virtual(5060))).dropReason
    #expect(reason == .persistenceEngine)
  }

  @Test func anErrorCarriesNone() throws {
    var director = try Self.director()
    director.balancer.settings.scheduleIcmp = 1
    let error = PacketMaker.unreachable(
      PacketMaker.udp(.virtual(5060), .client()), .client(), .virtual(5060))
    let reason = director.receive(error).dropReason
    #expect(reason == .persistenceEngine)
  }

  @Test func aDeletedServersCallsGetAnother() throws {
    var director = try Self.director()
    _ = director.receive(Self.message("a@x", port: 1))
    try director.balancer.deleteServer(Sample.server(1, port: 5060), of: Self.service)
    let servers = [
      director.server(for: Self.message("a@x", port: 2)),
      director.server(for: Self.message("a@x", port: 3)),
    ]
    #expect(servers == [2, 2])
    #expect(
      director.timedTable.contains("UDP C6336407 0000 0A000001 FFFF 0A020001 FFFF NONE 300 sip a@x")
    )
  }

  /// Neither rows nor calls are left, and a slot that is used again has no old call.
  @Test func itEndsLikeAnyOther() throws {
    var director = try Self.director()
    _ = director.receive(Self.message("a@x"))
    director.wait(seconds: 700)
    #expect(director.table == [])
    let servers = [
      director.server(for: Self.message("b@x", port: 1)),
      director.server(for: Self.message("a@x", port: 2)),
    ]
    #expect(servers == [2, 3])
    director.wait(seconds: 700)
    try director.balancer.editService(Self.service, .persistent(300))
    _ = director.receive(Self.message("a@x"))
    #expect(director.timedTable.count == 2)
    #expect(director.timedTable.allSatisfy { !$0.contains("sip") })
  }

  @Test func withoutPersistenceTheEngineRests() throws {
    var director = try Self.director()
    var settings = Sample.settings()
    settings.engine = "sip"
    try director.balancer.editService(Self.service, settings)
    let server = director.server(for: Self.message(nil))
    #expect(server == 1)
  }
}
