// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import TestSupport
import Testing

/// Each test is in a process of its own, where no other test opens files or takes memory.
@Suite struct OwnershipTests {
  @Test("sockets to the kernel close when they go out of scope")
  func kernel() async {
    await #expect(processExitsWith: .success) {
      func useOne() throws {
        let socket = try NetlinkSocket(.kernel)
        #expect(throws: SocketError.familyAbsent) { try socket.number(ofFamily: "no-such-one") }
      }
      for _ in 0..<20 { try useOne() }
      let before = Resources.now
      for _ in 0..<2000 { try useOne() }
      let after = Resources.now
      #expect(after.isNoMore(than: before))
    }
  }

  @Test("sockets over a transport, and the transport, are freed with their last owner")
  func transport() async {
    await #expect(processExitsWith: .success) {
      weak var lost: ScriptedTransport?
      func useOne() throws {
        let transport = ScriptedTransport([.failed(errno: EIO)])
        lost = transport
        let socket = try NetlinkSocket(.transport(transport))
        _ = try socket.number(ofFamily: "IPVS")
        try socket.ask([1])
        #expect(throws: SocketError.refused(errno: EIO)) { try socket.hear() }
      }
      for _ in 0..<100 { try useOne() }
      #expect(lost == nil)
      let before = Resources.now
      for _ in 0..<10_000 { try useOne() }
      let after = Resources.now
      #expect(after.isNoMore(than: before))
    }
  }
}
