// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSServing
import IPVSSystem
import IPVSText
import Testing

/// A listening socket that another process made: who removes its file, and what is refused.
@Suite struct InheritedSocketTests {
  let folder: TemporaryFolder
  let path: ByteString

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path(of: "engine")
  }

  /// A descriptor as a manager passes it, bound to a path.
  private func passed(
    _ path: ByteString, type: __socket_type = SOCK_SEQPACKET, listens: Bool = true
  ) throws -> ServiceManager.PassedDescriptor {
    let descriptor = socket(AF_UNIX, Int32(type.rawValue), 0)
    #expect(try #require(UnixAddress(path: path.bytes)).bind(descriptor) == 0)
    if listens { #expect(listen(descriptor, 5) == 0) }
    return ServiceManager.PassedDescriptor(number: descriptor, name: "unit.socket")
  }

  private func listener(
    _ passed: [ServiceManager.PassedDescriptor], at path: ByteString
  ) throws -> Listener {
    try Listener(SocketClaim(at: path, with: InheritedSocket(of: path, from: passed)))
  }

  @Test("it serves clients that came before, its file stays, and the lock goes")
  func life() throws {
    let passed = try passed(path)
    let client = try #require(TestClient(path))
    do {
      let listener = try listener([passed], at: path)
      #expect(listener.descriptor == passed.number)
      #expect(fcntl(passed.number, F_GETFD) & FD_CLOEXEC != 0)
      #expect(fcntl(passed.number, F_GETFL) & O_NONBLOCK != 0)
      #expect(try folder.content == ["engine", "engine.lock"])
      #expect(throws: ListenerError.inUse(path)) { _ = try SocketClaim(at: path) }
      withExtendedLifetime(listener) {}
    }
    #expect(try folder.content == ["engine"])
    #expect(client.receive() == .end)
  }

  @Test("a path through a symbolic link is the same path")
  func linked() throws {
    let passed = try passed(path)
    let folderLink = folder.path(of: "link")
    try FileManager.default.createSymbolicLink(
      atPath: folderLink.description, withDestinationPath: ".")
    let listener = try listener([passed], at: folder.path(of: "link/engine"))
    #expect(listener.descriptor == passed.number)
  }

  @Test("where its file was removed, the engine makes one, which goes with it")
  func removed() throws {
    let passed = try passed(path)
    try folder.remove("engine")
    do {
      var server = RequestServer<Int>(try listener([passed], at: path), mostClients: 1)
      #expect(TestClient(path) == nil)
      try server.keepSocket(at: 0)
      #expect(TestClient(path) != nil)
      withExtendedLifetime(server) {}
    }
    #expect(try folder.content == [])
  }

  @Test("what cannot be served is refused, and leaves no lock")
  func refused() throws {
    let other = folder.path(of: "other")
    let elsewhere = try passed(other)
    let stream = try passed(folder.path(of: "stream"), type: SOCK_STREAM)
    let deaf = try passed(folder.path(of: "deaf"), listens: false)
    let name: ByteString = "unit.socket"
    let rows: [([ServiceManager.PassedDescriptor], InheritedSocket.Fault)] = [
      ([elsewhere], .elsewhere(name: name, other)),
      ([stream], .otherKind(name: name)),
      ([deaf], .otherKind(name: name)),
      ([ServiceManager.PassedDescriptor(number: 1 << 20, name: name)], .otherKind(name: name)),
      ([elsewhere, elsewhere], .several(2)),
    ]
    for (passed, fault) in rows {
      #expect(throws: ListenerError.unusable(path, fault)) {
        _ = try listener(passed, at: path)
      }
    }
    #expect(try folder.content == ["deaf", "other", "stream"])
    for passed in [elsewhere, stream, deaf] { close(passed.number) }
  }

  @Test("without a passed socket the path is served as ever")
  func none() throws {
    let listener = try listener([], at: path)
    #expect(TestClient(path) != nil)
    withExtendedLifetime(listener) {}
  }
}
