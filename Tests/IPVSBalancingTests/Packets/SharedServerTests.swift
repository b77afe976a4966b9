// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import Testing

@testable import IPVSBalancing

/// Two services with one server: the answers to a client that has one port for both look alike.
@Suite struct SharedServerTests {
  private static func director() throws -> DirectorModel {
    var director = try DirectorModel.serving(servers: 0)
    try director.balancer.add(Sample.server(1))
    try director.balancer.addService(Sample.service(81), Sample.settings())
    try director.balancer.add(Sample.server(1), to: Sample.service(81))
    return director
  }

  /// The port that an answer of the server then has.
  private static func answeringPort(_ director: inout DirectorModel) throws -> Int {
    let answer = director.receive(PacketMaker.tcp("SA", .server(1), .client()))
    let packet = try #require(answer.toClients.first)
    return Int(packet[20]) << 8 | Int(packet[21])
  }

  /// As in the kernel, where the youngest connection is the first of its bucket in the table.
  @Test func theYoungestConnectionGetsTheAnswers() throws {
    for ports in [[80, 81], [81, 80]] as [[UInt16]] {
      var director = try Self.director()
      for port in ports {
        _ = director.receive(PacketMaker.tcp("S", .client(), .virtual(port)))
      }
      let port = try Self.answeringPort(&director)
      #expect(port == Int(ports[1]))
    }
  }

  @Test func afterItsEndTheOtherGetsThem() throws {
    var director = try Self.director()
    for port in [80, 81] as [UInt16] {
      _ = director.receive(PacketMaker.tcp("S", .client(), .virtual(port)))
    }
    // A connection that was reset lasts for ten seconds, the other for a minute.
    _ = director.receive(PacketMaker.tcp("R", .server(1), .client()))
    director.wait(seconds: 11)
    let port = try Self.answeringPort(&director)
    #expect(port == 80 && director.table.count == 1)
  }
}
