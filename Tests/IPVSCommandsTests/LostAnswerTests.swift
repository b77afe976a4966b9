// SPDX-License-Identifier: Apache-2.0

import IPVSPrograms
import IPVSRules
import IPVSSockets
import Testing

@testable import IPVSCommands

/// `--apply` where the answer to a change is lost, and no change reaches the engine after it.
@Suite struct LostAnswerTests {
  /// An engine that carries out one change more, and answers none.
  private final class SilentEngine: EngineTransport {
    var isSilent = false
    private var changes = 0

    override func send(_ datagram: RawSpan) -> Int32 {
      guard isSilent, Self.isChange(datagram) else { return super.send(datagram) }
      changes += 1
      if changes == 1 {
        _ = super.send(datagram)
        while case .datagram = super.receive() {}
      }
      return 0
    }

    /// Whether the first message is one of the commands 1 to 7 of IPVS, an engine's family 28, that change
    /// its table: 4 lists services.
    private static func isChange(_ datagram: RawSpan) -> Bool {
      let type = datagram.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self)
      let command = datagram.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt8.self)
      return type == 28 && (1...7).contains(command) && command != 4
    }
  }

  @Test("the table that the change left is told, with the way back", arguments: ["", "-j "])
  func carriedOut(_ json: String) throws {
    let engine = SilentEngine()
    let scene = try EngineScene("-A -f 5 -s wlc", engine)
    engine.isSilent = true
    let outcome = try scene.run("ipvsadm \(json)--apply -", input: "-A -f 5 -s rr\n")
    #expect(outcome.status == ExitStatus.notAsBefore.rawValue)
    #expect(outcome.errors.contains("the table is not as before"))
    #expect(outcome.errors.contains("scheduler wlc -> rr"))
    #expect(outcome.errors.contains("ipvsadm --undo"))
    #expect(try scene.table().services.values.map(\.scheduler.description) == ["rr"])
    engine.isSilent = false
    #expect(try scene.run("ipvsadm --undo").status == 0)
    #expect(try scene.table().services.values.map(\.scheduler.description) == ["wlc"])
  }
}
