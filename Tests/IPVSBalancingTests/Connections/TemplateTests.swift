// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// How long a template holds a client to a server, and when it does no more.
@Suite struct TemplateTests {
  private static func open(_ port: UInt16 = 40_001) -> [UInt8] {
    PacketMaker.tcp("S", .client(port: port), .virtual())
  }

  private static func templates(_ director: borrowing DirectorModel) -> [String] {
    director.timedTable.filter { $0.contains(" NONE ") || $0.contains(" ASSURED ") }
  }

  @Test func neitherWeightNorThresholdsOpenATemplate() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 2)
    _ = director.receive(Self.open())
    try director.balancer.editServer(
      Sample.server(1), of: Sample.service(), ServerSettings(weight: 0, upperThreshold: 1))
    let server = director.server(for: Self.open(40_002))
    #expect(server == 1)
  }

  @Test func aQuiescedServerLosesItsTemplatesIfAskedFor() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 2)
    _ = director.receive(Self.open())
    director.balancer.settings.expireQuiescentTemplate = 1
    try director.balancer.editServer(
      Sample.server(1), of: Sample.service(), ServerSettings(weight: 0))
    let server = director.server(for: Self.open(40_002))
    #expect(server == 2)
    #expect(
      Self.templates(director) == [
        "TCP C6336407 0000 0A000001 0050 0A020002 0050 NONE 300",
        "TCP C6336407 0000 0A000001 FFFF 0A020001 FFFF NONE 300",
      ])
    // No packet finds the old one any more, even if the server returns.
    try director.balancer.editServer(Sample.server(1), of: Sample.service(), ServerSettings())
    let again = director.server(for: Self.open(40_003))
    #expect(again == 2)
  }

  @Test(arguments: [(KernelRelease(7, 1), "FFFF"), (KernelRelease(7, 2), "0050")])
  func aTemplateWithoutItsServerKeepsItsVirtualPortSinceLinux7(
    _ kernel: KernelRelease, _ port: String
  ) throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 2)
    director.balancer.settings.kernel = kernel
    _ = director.receive(Self.open())
    try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
    let server = director.server(for: Self.open(40_002))
    #expect(server == 2)
    #expect(
      Set(Self.templates(director)) == [
        "TCP C6336407 0000 0A000001 0050 0A020002 0050 NONE 300",
        "TCP C6336407 0000 0A000001 \(port) 0A020001 FFFF NONE 300",
      ])
    // No packet finds it any more, even if the server returns.
    try director.balancer.add(Sample.server(1))
    let again = director.server(for: Self.open(40_003))
    #expect(again == 2)
  }

  @Test func aDeletedServersTemplateIsLeftToItsEnd() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 2)
    _ = director.receive(Self.open())
    try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
    let server = director.server(for: Self.open(40_002))
    #expect(server == 2)
    #expect(Self.templates(director).count == 2)
    director.wait(seconds: 400)
    #expect(director.table == [])
  }

  @Test func aServerThatReturnsHasItsTemplateAgain() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(), servers: 2)
    _ = director.receive(Self.open())
    try director.balancer.deleteServer(Sample.server(1), of: Sample.service())
    try director.balancer.add(Sample.server(1))
    let server = director.server(for: Self.open(40_002))
    #expect(server == 1)
    #expect(Self.templates(director).count == 1)
  }

  /// The packets of a connection do nothing for the template's time; a new connection does.
  @Test func onlyNewConnectionsStartItsTimeAnew() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(100))
    _ = director.receive(Self.open())
    director.wait(seconds: 30)
    _ = director.receive(PacketMaker.tcp("A", .client(), .virtual()))
    let name = "TCP C6336407 0000 0A000001 0050 0A020001 0050"
    #expect(Self.templates(director) == ["\(name) ASSURED 70"])
    _ = director.receive(Self.open(40_002))
    #expect(Self.templates(director) == ["\(name) ASSURED 100"])
  }

  @Test func itStaysWhileItHasConnectionsFromThenOnForAMinuteAtATime() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(100))
    _ = director.receive(Self.open())
    _ = director.receive(PacketMaker.tcp("A", .client(), .virtual()))
    let name = "TCP C6336407 0000 0A000001 0050 0A020001 0050"
    director.wait(seconds: 110)
    #expect(Self.templates(director) == ["\(name) ASSURED 50"])
    director.wait(seconds: 60)
    #expect(Self.templates(director) == ["\(name) ASSURED 50"])
    // The minute replaces the service's timeout.
    director.wait(seconds: 20)
    _ = director.receive(Self.open(40_002))
    #expect(Self.templates(director) == ["\(name) ASSURED 60"])
    director.wait(seconds: 1000)
    #expect(director.table == [])
  }

  @Test func theTimeoutIsTheServicesOfWhenItBegan() throws {
    var director = try DirectorModel.serving(Sample.service(), .persistent(100))
    _ = director.receive(Self.open())
    try director.balancer.editService(Sample.service(), .persistent(500))
    _ = director.receive(Self.open(40_002))
    #expect(Self.templates(director) == ["TCP C6336407 0000 0A000001 0050 0A020001 0050 NONE 100"])
  }

  /// UDP vouches for a client as soon as it is answered, TCP once it is established.
  @Test func anAnswerAssuresATemplate() throws {
    var director = try DirectorModel.serving(Sample.service(53, transport: 17), .persistent())
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    _ = director.receive(PacketMaker.udp(.client(), .virtual(53)))
    #expect(Self.templates(director).map { $0.contains("ASSURED") } == [false])
    _ = director.receive(PacketMaker.udp(.server(1, port: 53), .client()))
    #expect(Self.templates(director).map { $0.contains("ASSURED") } == [true])
  }
}
