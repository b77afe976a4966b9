// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// Every packet that a real kernel's director sent is sent here, too, byte for byte.
@Suite struct RecordedTrafficTests {
  static let recordings = RecordingFolder.load("nat", as: RecordedTraffic.self)

  @Test(arguments: recordings.map(\.name))
  func sendsWhatTheKernelSent(_ name: String) throws {
    let recording = try #require(Self.recordings.first { $0.name == name })
    var script = TrafficScript()
    for (number, step) in recording.content.steps.enumerated() {
      let stepName = "\(name), step \(number): \(step.name ?? "")"
      if let config = step.config { try script.apply(config) }
      if step.packet != nil { try script.play(step, stepName) }
      if step.lengths != nil { try script.playSummary(step, stepName) }
      if step.connections != nil { try script.checkConnections(step, stepName) }
    }
  }
}
