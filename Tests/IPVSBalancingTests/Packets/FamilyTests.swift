// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import Testing

@testable import IPVSBalancing

/// Packets of a family without services go by as if there were no director.
@Suite struct FamilyTests {
  /// Whether a server's packet of the first connection is rewritten.
  private static func isWatching(_ director: inout DirectorModel) -> Bool {
    director.source(of: PacketMaker.tcp("SA", .server(2), .client())) == 1
  }

  private static func director() throws -> DirectorModel {
    var director = try DirectorModel.serving(servers: 0)
    try director.balancer.add(Sample.server(2))
    _ = director.receive(PacketMaker.tcp("S", .client(), .virtual()))
    return director
  }

  @Test func theLastServiceOfAFamilyTakesItsConnectionsAlong() throws {
    var director = try Self.director()
    try director.add(Sample.service6(), .ipv6)
    try director.balancer.deleteService(Sample.service())
    let isWatching = Self.isWatching(&director)
    let request = director.receive(PacketMaker.tcp("A", .client(), .virtual()))
    #expect(!isWatching && request.isDelivered)
    #expect(director.table.count == 1)
    try director.balancer.addService(Sample.service(), Sample.settings())
    let isWatchingAgain = Self.isWatching(&director)
    #expect(isWatchingAgain)
  }

  @Test func theTableEmptiedAtOnceDoesTheSame() throws {
    var director = try Self.director()
    let before = Self.isWatching(&director)
    director.balancer.flush()
    let after = Self.isWatching(&director)
    #expect(before && !after)
  }

  @Test func theOtherFamilyGoesOn() throws {
    var director = try DirectorModel.serving(Sample.service6(), .ipv6)
    try director.add(Sample.service())
    try director.balancer.deleteService(Sample.service())
    let server = director.server(for: PacketMaker.tcp("S", .client6(), .virtual6()))
    #expect(server == 1)
  }
}
