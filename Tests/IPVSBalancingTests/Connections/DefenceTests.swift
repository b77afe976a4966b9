// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Measures against too many connections.
@Suite struct DefenceTests {
  private static func open(_ port: UInt16, _ flags: String = "S") -> [UInt8] {
    PacketMaker.tcp(flags, .client(port: port), .virtual())
  }

  /// `drop_packet` 3: of the packets that would begin a connection, each tenth is dropped.
  @Test func onePacketInSoManyBeginsNothing() throws {
    var director = try DirectorModel.serving()
    director.balancer.settings.dropPacket = 3
    director.balancer.settings.amDropRate = 4
    _ = director.receive(Self.open(1))
    director.wait(seconds: 1)
    let dropped = (2...17).filter { (port: UInt16) in
      director.receive(Self.open(port)).dropReason == .defence
    }
    #expect(dropped == [2, 6, 10, 14])
    // Packets of known connections, and those without a service, are not counted.
    _ = director.receive(Self.open(1, "A"))
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual(99)))
    let reason = director.receive(Self.open(18)).dropReason
    #expect(reason == .defence)
  }

  @Test(arguments: [0, 1, 2] as [Int32])
  func noPacketIsDroppedWhereThereIsMemory(_ mode: Int32) throws {
    var director = try DirectorModel.serving()
    director.balancer.settings.dropPacket = mode
    director.balancer.settings.amDropRate = 1
    director.wait(seconds: 1)
    let reasons = (1...20).compactMap { (port: UInt16) in
      director.receive(Self.open(port)).dropReason
    }
    #expect(reasons == [])
  }

  /// Modes that began to work by themselves fall back to waiting.
  @Test func modesThatWorkWithoutWantFallBack() throws {
    var director = try DirectorModel.serving()
    for value in [0, 1, 2, 3] as [Int32] {
      director.balancer.settings.dropEntry = value
      director.balancer.settings.dropPacket = value
      director.balancer.settings.secureTcp = value
      director.wait(seconds: 1)
      let settings = director.balancer.settings
      let expected: Int32 = value == 2 ? 1 : value
      #expect(
        [settings.dropEntry, settings.dropPacket, settings.secureTcp]
          == [expected, expected, expected])
    }
  }

  /// The table of states changes with the work of the next second, for connections that are there, too.
  @Test func securityBeginsAndEndsWithTheNextSecond() throws {
    var director = try DirectorModel.serving()
    func state(of port: UInt16) -> String? {
      _ = director.receive(Self.open(port))
      _ = director.receive(Self.open(port, "A"))
      return director.rows.last?.state
    }
    director.balancer.settings.secureTcp = 3
    #expect(state(of: 1) == "ESTABLISHED")
    director.wait(seconds: 1)
    #expect(state(of: 2) == "SYN_RECV")
    director.balancer.settings.secureTcp = 0
    #expect(state(of: 3) == "SYN_RECV")
    director.wait(seconds: 1)
    _ = director.receive(Self.open(2, "A"))
    #expect(director.rows.map(\.state) == ["ESTABLISHED", "ESTABLISHED", "SYN_RECV"])
  }

  /// With the setting a director begins, it counts at once.
  @Test func securityFromTheBeginning() throws {
    var settings = Settings()
    settings.secureTcp = 3
    let balancer = Balancer(settings: settings, seed: 1)
    #expect(balancer.rules.isSecure)
  }

  /// The rows that `drop_entry` leaves of one connection after a number of seconds.
  private static func isLeft(
    _ packets: [[UInt8]], _ service: ServiceKey = Sample.service(),
    _ settings: ServiceSettings = Sample.settings(), after seconds: UInt64
  ) throws -> [String] {
    var director = try DirectorModel.serving(service, settings)
    for packet in packets { _ = director.receive(packet) }
    director.balancer.settings.dropEntry = 3
    director.wait(seconds: seconds)
    return director.table
  }

  @Test func halfOpenConnectionsGo() throws {
    #expect(try Self.isLeft([Self.open(1)], after: 40) == [])
    let chunk = PacketMaker.sctp([1], .client(), .virtual())
    #expect(try Self.isLeft([chunk], Sample.service(transport: 132), after: 3) == [])
  }

  @Test func openOnesGoIfTheyAreIdleAndHardlyUsed() throws {
    let few = [Self.open(1), Self.open(1, "A")]
    #expect(try Self.isLeft(few, after: 59).count == 1)
    #expect(try Self.isLeft(few, after: 300) == [])
    let many = few + Array(repeating: Self.open(1, "A"), count: 7)
    #expect(try Self.isLeft(many, after: 300).count == 1)
    let query = PacketMaker.udp(.client(), .virtual(53))
    #expect(try Self.isLeft([query], Sample.service(53, transport: 17), after: 55).count == 1)
    #expect(try Self.isLeft([query], Sample.service(53, transport: 17), after: 200) == [])
  }

  @Test func closingOnesStay() throws {
    let closing = [Self.open(1), Self.open(1, "A"), Self.open(1, "FA")]
    #expect(try Self.isLeft(closing, after: 50).count == 1)
  }

  /// Templates without connections: one that was never answered goes, one that was stays.
  @Test func templatesGoUnlessTheyAreAssured() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(2000))
    _ = director.receive(Self.open(1))
    _ = director.receive(PacketMaker.tcp("S", .client(8), .virtual()))
    _ = director.receive(PacketMaker.tcp("A", .client(8), .virtual()))
    director.wait(seconds: 1000)
    #expect(director.table.count == 2)
    director.balancer.settings.dropEntry = 3
    director.wait(seconds: 200)
    #expect(director.table == ["TCP C6336408 0000 0A000001 0050 0A020001 0050 ASSURED"])
  }

  /// Those of one-packet services are all that shows that there is traffic: they are judged by it.
  @Test func templatesOfOnePacketServicesGoByTheirTraffic() throws {
    let service = Sample.service(53, transport: 17)
    let query = PacketMaker.udp(.client(), .virtual(53))
    let settings = ServiceSettings.persistent(600, flags: 4)
    #expect(try Self.isLeft([query], service, settings, after: 55).count == 1)
    #expect(try Self.isLeft([query], service, settings, after: 300) == [])
    let many = Array(repeating: query, count: 9)
    #expect(try Self.isLeft(many, service, settings, after: 300).count == 1)
  }

  /// What a second costs depends on how many connections there were, not on how few are left.
  @Test func emptyPlacesAreNotSearched() throws {
    var director = try DirectorModel.serving()
    for number in 0..<UInt32(60_000) {
      let client = End([10, 9, UInt8(number >> 8 & 0xff), UInt8(number & 0xff)], port: 5)
      _ = director.receive(PacketMaker.tcp("S", client, .virtual()))
    }
    director.wait(seconds: 61)
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    _ = director.receive(PacketMaker.tcp("A", .client(), .virtual()))
    director.balancer.settings.dropEntry = 3
    let elapsed = ContinuousClock().measure { director.wait(seconds: 50) }
    #expect(director.table.count == 1 && elapsed < .seconds(30))
  }
}
