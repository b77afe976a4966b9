// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// Thresholds as they are set through the table, for kernels before and since 6.1.192.
@Suite struct ThresholdTests {
  /// A balancer whose only server has a number of connections.
  private static func balancer(
    older: Bool, upper: UInt32, lower: UInt32 = 0, connections: Int
  ) throws -> Balancer {
    var balancer = try Balancer.with(0)
    balancer.settings.kernel = older ? .oldest : .newest
    try balancer.add(
      Sample.server(1), ServerSettings(upperThreshold: upper, lowerThreshold: lower))
    let index = try balancer.index(Sample.server(1))
    for _ in 0..<connections { balancer.servers[index].bindConnection(balancer.settings) }
    return balancer
  }

  private static func takesConnections(_ balancer: inout Balancer) throws -> Bool {
    let service = try balancer.recordIndex()
    return balancer.pick(Sample.flow, for: service, at: Instant(ticks: 0)) != nil
  }

  /// How many connections are left when a full server opens again: recorded of Linux 6.1.176.
  @Test(arguments: [(4, 0, 2), (4, 2, 1), (4, 4, 3)] as [(UInt32, UInt32, Int)])
  func olderKernelsOpenAgain(upper: UInt32, lower: UInt32, open: Int) throws {
    var balancer = try Self.balancer(older: true, upper: upper, lower: lower, connections: 4)
    let index = try balancer.index(Sample.server(1))
    var left = 4
    while try !Self.takesConnections(&balancer), left > 0 {
      balancer.servers[index].unbindConnection(wasActive: false, balancer.settings)
      left -= 1
    }
    #expect(left == open)
  }

  @Test(arguments: [true, false])
  func aLowerLimitClosesAServerInNewerKernelsOnly(older: Bool) throws {
    var balancer = try Self.balancer(older: older, upper: 9, connections: 4)
    let key = Sample.server(1)
    try balancer.editServer(key, of: Sample.service(), ServerSettings(upperThreshold: 3))
    #expect(try Self.takesConnections(&balancer) == older)
    try balancer.editServer(key, of: Sample.service(), ServerSettings(upperThreshold: 0))
    #expect(try Self.takesConnections(&balancer) == true)
  }

  @Test(arguments: [true, false])
  func aHigherLimitOpensAServer(older: Bool) throws {
    var balancer = try Self.balancer(older: older, upper: 4, connections: 4)
    #expect(try Self.takesConnections(&balancer) == false)
    let settings = ServerSettings(upperThreshold: 10)
    try balancer.editServer(Sample.server(1), of: Sample.service(), settings)
    #expect(try Self.takesConnections(&balancer) == true)
  }

  @Test func aServerFromTheTrashIsAsFullAsItWas() throws {
    var balancer = try Self.balancer(older: true, upper: 4, connections: 4)
    try balancer.deleteServer(Sample.server(1), of: Sample.service())
    try balancer.add(Sample.server(1), ServerSettings(upperThreshold: 4))
    #expect(try Self.takesConnections(&balancer) == false)
  }
}
