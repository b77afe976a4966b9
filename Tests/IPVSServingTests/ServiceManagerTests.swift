// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSServing
import IPVSSystem
import IPVSText
import Testing

/// What the environment of a service says, and what its manager is told.
@Suite struct ServiceManagerTests {
  private func manager(_ variables: [String: String]) -> ServiceManager {
    ServiceManager(process: 42) { name in variables["\(name)"].map { ByteString($0) } }
  }

  /// A socket at which a manager listens.
  private final class Inbox {
    private let descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)

    init(_ name: ByteString) throws {
      let address = try #require(UnixAddress(named: name.bytes))
      #expect(address.bind(descriptor) == 0)
    }

    deinit { close(descriptor) }

    var next: String? {
      var buffer = [UInt8](repeating: 0, count: 1 << 12)
      let length = recv(descriptor, &buffer, buffer.count, 0)
      return length < 0 ? nil : String(decoding: buffer[..<length], as: UTF8.self)
    }
  }

  @Test("without a manager nobody is told, and nothing is passed")
  func none() throws {
    for variables in [[:], ["NOTIFY_SOCKET": ""]] {
      #expect(manager(variables).notifySocket == nil)
      #expect(manager(variables).descriptors == [])
      try manager(variables).notify([.ready])
    }
  }

  @Test("the notices of one call are one message, at a path and at an abstract name")
  func notices() throws {
    let folder = try TemporaryFolder()
    for name in [folder.path(of: "notify"), ByteString("@\(folder.path)")] {
      let inbox = try Inbox(name)
      let manager = manager(["NOTIFY_SOCKET": name.description])
      try manager.notify([.ready, .status("serves at /a\nb")])
      try manager.notify([.stopping])
      #expect(inbox.next == "READY=1\nSTATUS=serves at /a?b\n")
      #expect(inbox.next == "STOPPING=1\n")
      #expect(inbox.next == nil)
    }
  }

  @Test(
    "a manager that cannot be told",
    arguments: [
      ("/no/such/socket", ENOENT), ("vsock:2:1", EAFNOSUPPORT), ("@", EAFNOSUPPORT),
      ("/" + String(repeating: "x", count: 108), EAFNOSUPPORT),
    ])
  func unreachable(_ socket: String, _ errno: Int32) {
    let manager = manager(["NOTIFY_SOCKET": socket])
    #expect(throws: SystemError(errno: errno)) { try manager.notify([.ready]) }
  }

  @Test("descriptors from 3 on, with their names")
  func descriptors() {
    let passed = manager(["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "one::"])
    #expect(passed.descriptors.map(\.number) == [3, 4, 5])
    #expect(passed.descriptors.map(\.name) == ["one", "", ""])
    let unnamed = manager(["LISTEN_PID": "42", "LISTEN_FDS": "1"])
    #expect(unnamed.descriptors.map(\.name) == ["unknown"])
  }

  @Test(
    "descriptors of another process, and counts that are none",
    arguments: [
      ("43", "1"), ("", "1"), ("x", "1"), ("42", "0"), ("42", "-1"), ("42", "x"), ("42", ""),
      ("42", "2147483647"), ("42", "99999999999"),
    ])
  func strange(_ process: String, _ count: String) {
    #expect(manager(["LISTEN_PID": process, "LISTEN_FDS": count]).descriptors == [])
  }
}
