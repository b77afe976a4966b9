// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import Testing

/// Sockets in other network namespaces.
@Suite struct NamespaceTests {
  @Test(
    "a namespace that is not there, and a file that is none, are refused",
    arguments: [
      ("no-such-namespace", ENOENT), ("/etc/passwd", EINVAL),
    ])
  func faults(_ row: (name: String, errno: Int32)) {
    let own = namespace()
    do throws(SocketError) {
      _ = try NetlinkSocket(.kernel(namespace: row.name))
      Issue.record("\(row.name) was entered")
    } catch {
      #expect(error == .refused(errno: row.errno))
    }
    #expect(namespace() == own)
  }

  @Test("a socket of the own namespace can be had by its path, as far as the rights go")
  func own() {
    let before = namespace()
    do throws(SocketError) {
      _ = try NetlinkSocket(.kernel(namespace: "/proc/self/ns/net"))
    } catch {
      #expect(error == .refused(errno: EPERM))
    }
    #expect(namespace() == before)
  }

  private func namespace() -> UInt {
    var status = stat()
    stat("/proc/thread-self/ns/net", &status)
    return UInt(status.st_ino)
  }
}
