// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// ICMP errors about which tunnels reach clients. The resulting packets are recorded in `Tests/Recordings/walks`.
@Suite struct TunnelErrorTests {
  private static let client = End.client()
  private static let router = End([10, 2, 9, 9], port: 0)
  private static let sender = End([10, 2, 255, 254], port: 0)
  private static let ipip = ServerSettings(forwarding: 2)
  private static let gue = ServerSettings(forwarding: 2, tunnelKind: 1, tunnelPort: 6080)
  private static let gre = ServerSettings(forwarding: 2, tunnelKind: 2)

  private static func director(_ settings: ServerSettings = ipip) throws -> DirectorModel {
    try DirectorModel.serving(Sample.service(), Sample.settings(), settings)
  }

  /// What a director sends through a tunnel.
  private static func outer(_ director: inout DirectorModel) throws -> [UInt8] {
    try #require(director.receive(PacketMaker.tcp("S", client, .virtual())).toServers.first)
  }

  private static func answer(
    _ director: inout DirectorModel, about outer: [UInt8]
  ) -> DirectorModel.Outcome {
    director.receive(PacketMaker.unreachable(outer, router, sender, quoted: outer.count))
  }

  /// Whether the client gets an error; otherwise the director's own stack gets it.
  private static func isTold(_ outcome: DirectorModel.Outcome) -> Bool {
    let isTold = outcome.toClients.count == 1
    #expect(isTold != outcome.isDelivered)
    #expect(outcome.toServers.isEmpty)
    return isTold
  }

  @Test(arguments: [ipip, gue, gre])
  func onlyWhileThereIsSuchAServer(_ settings: ServerSettings) throws {
    var director = try Self.director(settings)
    let outer = try Self.outer(&director)
    let key = Sample.server(1, port: 80)
    #expect(Self.isTold(Self.answer(&director, about: outer)))
    // One of another kind, and one that is no tunnel.
    for other in [Self.ipip, Self.gue, Self.gre, ServerSettings(forwarding: 3)] {
      try director.balancer.editServer(key, of: Sample.service(), other)
      #expect(Self.isTold(Self.answer(&director, about: outer)) == (other == settings))
    }
    try director.balancer.editServer(key, of: Sample.service(), settings)
    #expect(Self.isTold(Self.answer(&director, about: outer)))
    try director.balancer.deleteServer(key, of: Sample.service())
    #expect(!Self.isTold(Self.answer(&director, about: outer)))
    try director.balancer.addServer(key, to: Sample.service(), settings, Sample.hostInfo)
    #expect(Self.isTold(Self.answer(&director, about: outer)))
  }

  /// Of the MTU that was known before the error, 1500: measured on Linux 6.1.176, 6.1.192, 6.12, and 7.2.
  @Test(
    arguments: [
      (ipip, KernelRelease.oldest, 1480), (gue, .oldest, 1480), (gre, .oldest, 1480),
      (ipip, .newest, 1480), (gue, .newest, 1468), (gre, .newest, 1476),
      (gue, KernelRelease(6, 1, 191), 1480), (gue, KernelRelease(6, 1, 192), 1468),
    ])
  func theMTUIsThatOfTheTunnel(
    _ settings: ServerSettings, _ kernel: KernelRelease, _ mtu: Int
  ) throws {
    var director = try Self.director(settings)
    director.balancer.settings.kernel = kernel
    let outer = try Self.outer(&director)
    let error = PacketMaker.tooLarge(outer, Self.router, Self.sender, mtu: 1400)
    let told = try #require(director.receive(error).toClients.first)
    #expect(Int(told[26]) << 8 + Int(told[27]) == mtu)
  }

  @Test func aServerOfTwoServicesStaysWithTheOther() throws {
    var director = try Self.director()
    let outer = try Self.outer(&director)
    try director.add(Sample.service(443), servers: 1, Self.ipip)
    try director.balancer.deleteService(Sample.service(443))
    #expect(Self.isTold(Self.answer(&director, about: outer)))
    director.balancer.flush()
    try director.add(Sample.service(443))
    #expect(!Self.isTold(Self.answer(&director, about: outer)))
  }

  @Test func anotherPortOfGUEIsAnotherTunnel() throws {
    var director = try Self.director(Self.gue)
    let outer = try Self.outer(&director)
    var other = Self.gue
    other.tunnelPort = 6081
    try director.balancer.editServer(Sample.server(1, port: 80), of: Sample.service(), other)
    #expect(!Self.isTold(Self.answer(&director, about: outer)))
  }

  @Test(arguments: [ipip, gre])
  func aPortThatTheKindHasNoUseForHidesTheTunnel(_ settings: ServerSettings) throws {
    var ported = settings
    ported.tunnelPort = 6080
    var director = try Self.director(ported)
    let outer = try Self.outer(&director)
    #expect(!Self.isTold(Self.answer(&director, about: outer)))
  }

  @Test func aBackupLeavesThemToTheSystem() throws {
    var director = try Self.director()
    let outer = try Self.outer(&director)
    director.balancer.settings.backupOnly = 1
    try director.balancer.startDaemon(.backup)
    #expect(!Self.isTold(Self.answer(&director, about: outer)))
  }

  /// Of an error with options in its own header the kernel dies (6.1.176, `__ip_options_echo`).
  @Test func optionsOfTheErrorItselfAreNotRepeated() throws {
    var director = try Self.director()
    let outer = try Self.outer(&director)
    var error = PacketMaker.unreachable(
      outer, Self.router, Self.sender, quoted: outer.count)
    error.insert(contentsOf: [7, 11, 4] + [UInt8](repeating: 0, count: 9), at: 20)
    error[0] = 0x48
    error[3] += 12
    error.replaceSubrange(10..<12, with: [0, 0])
    var sum = stride(from: 0, to: 32, by: 2).reduce(0) {
      $0 + Int(error[$1]) << 8 + Int(error[$1 + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    error.replaceSubrange(10..<12, with: [UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff)])
    let told = try #require(director.receive(error).toClients.first)
    #expect(told[0] == 0x45 && told[28...] == outer[20...])
  }
}
