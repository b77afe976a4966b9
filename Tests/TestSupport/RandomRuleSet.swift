// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSRules

/// Rule sets of few services and servers, so that two of them share some, and differ in the settings of
/// others. An engine or a kernel accepts all of them.
public enum RandomRuleSet {
  /// Makes a rule set that names its timeouts and daemons.
  public static func next(using random: inout Seed) -> RuleSet {
    var rules = RuleSet(
      timeouts: Timeouts(
        tcp: .random(in: 1...3, using: &random), tcpFin: .random(in: 1...3, using: &random),
        udp: 300),
      daemons: daemons(using: &random))
    for number in Array(1...5).shuffled(using: &random) where Bool.random(using: &random) {
      rules.set(service(number, using: &random))
    }
    return rules
  }

  private static func service(_ number: Int, using random: inout Seed) -> RuleSet.Service {
    let address = IPAddress.v4(IPv4Address(0x0a00_0000 + UInt32(number)))
    var service = VirtualService(
      number == 5 ? .mark(7, .ipv6) : .endpoint(.tcp, Endpoint(address, port: 80)))
    if Bool.random(using: &random) { service.scheduler = .weightedRoundRobin }
    if Bool.random(using: &random) { service.persistence = .random(in: 1...2, using: &random) }
    let servers = Array(1...4).shuffled(using: &random).filter { _ in Bool.random(using: &random) }
    return RuleSet.Service(service, servers: servers.map { server($0, of: number, &random) })
  }

  private static func server(_ number: Int, of service: Int, _ random: inout Seed) -> RealServer {
    let address: IPAddress =
      service == 5
      ? .v6(IPv6Address(0xfd00 << 112 | UInt128(number)))
      : .v4(IPv4Address(0x0a01_0000 + UInt32(number)))
    let weight = Weight(Int.random(in: 0...2, using: &random)) ?? .one
    let forwarding: ForwardingMethod = Bool.random(using: &random) ? .masquerading : .directRouting
    return RealServer(
      Endpoint(address, port: 80), forwarding: forwarding, weight: weight, upperThreshold: 100)
  }

  private static func daemons(using random: inout Seed) -> [SyncDaemon] {
    [SyncDaemon.Role.master, .backup].filter { _ in Bool.random(using: &random) }.map { role in
      SyncDaemon(
        role, syncID: .random(in: 0...1, using: &random), maximumLength: 1472,
        group: .v4(IPv4Address(0xe000_0051)), port: 8848, timeToLive: 1)
    }
  }
}
