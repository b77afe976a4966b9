// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSClient
import IPVSRules
import IPVSSockets
import TestSupport
import Testing

@Suite struct DirectorOwnershipTests {
  /// In a process of its own, where nothing else opens files or takes memory.
  @Test("10,000 directors leak neither files nor memory, with errors and without")
  func leavesNothing() async {
    await #expect(processExitsWith: .success) {
      weak var lost: ScriptedTransport?
      let interrupted = Answer.entry(Sample.daemons[0], flags: Answer.interrupted)
      let scripts: [[ScriptedTransport.Step]] = [
        [.datagram([.entry(Sample.daemons[0]), .end()])],
        [.datagram([interrupted]), .bytes([1]), .datagram([.end()])],
        [.bytes([]), .datagram([.end()])],
      ]
      func useOne(_ number: Int) {
        let isAbsent = number % 4 == 3
        let transport = ScriptedTransport(
          isAbsent ? [] : scripts[number % 4],
          lookUp: isAbsent ? .script([.datagram([.refused(ENOENT)])]) : .recorded)
        lost = transport
        let result = ask(transport) { director throws(DirectorError) in try director.daemons() }
        #expect((try? result.get().isEmpty) != true || number % 4 == 1)
      }
      for number in 0..<400 { useOne(number) }
      #expect(lost == nil)
      let before = Resources.now
      for number in 0..<10_000 { useOne(number) }
      #expect(Resources.now.isNoMore(than: before))
    }
  }
}
