// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What a real kernel did at random is done here, too: every packet byte for byte, every number of
/// connections, every state and its time.
@Suite struct RecordedWalkTests {
  @Test(arguments: RecordedWalk.all.map(\.name))
  func doesWhatTheKernelDid(_ name: String) throws {
    let found = RecordedWalk.all.first { $0.name == name }
    let walk = try #require(found).content
    var script = try WalkScript(walk.settings)
    for (number, step) in walk.steps.enumerated() {
      // The step has this line in its file.
      try script.play(step, "\(name).json:\(number + 2)")
    }
  }
}
