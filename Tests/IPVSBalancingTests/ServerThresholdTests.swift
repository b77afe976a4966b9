// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import Testing

@testable import IPVSBalancing

/// Thresholds since Linux 6.1.192; how older kernels have them is in the recordings.
@Suite struct ServerThresholdTests {
  private static func server(upper: UInt32, lower: UInt32) -> ServerRecord {
    ServerRecord(
      ServerKey(.ipv4, address: 2, port: 80),
      ServerSettings(upperThreshold: upper, lowerThreshold: lower))
  }

  /// How many connections there are when a full server opens again.
  @Test(
    arguments: [(4, 0, 2), (4, 2, 1), (4, 4, 3), (8, 0, 5), (1, 0, 0)] as [(UInt32, UInt32, UInt32)]
  )
  func opensAgainBelowTheLowerThreshold(upper: UInt32, lower: UInt32, open: UInt32) {
    var server = Self.server(upper: upper, lower: lower)
    let settings = Settings()
    for _ in 0..<upper {
      #expect(!server.isOverloaded)
      server.bindConnection(settings)
    }
    #expect(server.isOverloaded)
    var left = upper
    while server.isOverloaded, left > 0 {
      server.unbindConnection(wasActive: false, settings)
      left -= 1
    }
    #expect(left == open)
  }

  @Test func templatesDoNotFillAServer() {
    var server = Self.server(upper: 1, lower: 0)
    server.bindTemplate(Settings())
    #expect(!server.isOverloaded)
    server.bindConnection(Settings())
    #expect(server.isOverloaded)
  }

  @Test func editingTheThresholdsLooksAgain() {
    var server = Self.server(upper: 0, lower: 0)
    let settings = Settings()
    for _ in 0..<5 { server.bindConnection(settings) }
    var edited = server.settings
    edited.upperThreshold = 5
    server.apply(edited, settings)
    #expect(server.isOverloaded)
    edited.upperThreshold = 6
    server.apply(edited, settings)
    #expect(server.isOverloaded)  // between the two thresholds it stays as it was
    edited.upperThreshold = 20
    server.apply(edited, settings)
    #expect(!server.isOverloaded)
    edited.upperThreshold = 0
    server.apply(edited, settings)
    #expect(!server.isOverloaded)
  }
}
