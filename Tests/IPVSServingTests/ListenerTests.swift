// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSServing
import IPVSText
import Synchronization
import Testing

/// The files of a socket: who may use them, when they appear, and when they are removed.
@Suite struct ListenerTests {
  let folder: TemporaryFolder
  let path: ByteString

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path(of: "engine")
  }

  private func mode(_ path: ByteString) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: path.description)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue
  }

  @Test("only the owner may use the socket, which is gone with its listener, and its lock")
  func life() throws {
    do {
      let listener = try Listener(SocketClaim(at: path))
      #expect(try mode(path) == 0o600)
      #expect(listener.path == path)
      #expect(try folder.content == ["engine", "engine.lock"])
      #expect(TestClient(path) != nil)
    }
    #expect(try folder.content == [])
  }

  @Test("a socket that a killed process left is replaced")
  func stale() throws {
    try leaveSocket()
    #expect(TestClient(path) == nil)
    let listener = try Listener(SocketClaim(at: path))
    #expect(TestClient(path) != nil)
    withExtendedLifetime(listener) {}
  }

  /// Makes a socket file at which no process listens: a second link outlives the listener.
  private func leaveSocket() throws {
    let first = folder.path(of: "first")
    let listener = try Listener(SocketClaim(at: first))
    try FileManager.default.linkItem(atPath: first.description, toPath: path.description)
    withExtendedLifetime(listener) {}
  }

  @Test("a socket at which another process listens is left alone")
  func inUse() throws {
    let listener = try Listener(SocketClaim(at: path))
    #expect(throws: ListenerError.inUse(path)) { _ = try Listener(SocketClaim(at: path)) }
    #expect(TestClient(path) != nil)
    withExtendedLifetime(listener) {}
  }

  @Test("a file that is not a socket is left alone", arguments: ["file", "folder", "link"])
  func notASocket(_ kind: String) throws {
    let name = path.description
    switch kind {
    case "file": try Data("x".utf8).write(to: URL(fileURLWithPath: name))
    case "folder":
      try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
    default: try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: "/")
    }
    #expect(throws: ListenerError.notASocket(path)) { _ = try Listener(SocketClaim(at: path)) }
    #expect(try folder.content == ["engine"])
  }

  @Test("a file that took the name later is not removed")
  func replaced() throws {
    do {
      let listener = try Listener(SocketClaim(at: path))
      try FileManager.default.removeItem(atPath: path.description)
      try Data("x".utf8).write(to: URL(fileURLWithPath: path.description))
      withExtendedLifetime(listener) {}
    }
    #expect(try folder.content == ["engine"])
  }

  @Test("paths at which no socket can be made")
  func paths() {
    let long = folder.path(of: String(repeating: "x", count: 108))
    #expect(throws: ListenerError.tooLong(long, limit: 107)) { _ = try SocketClaim(at: long) }
    #expect(throws: ListenerError.refused("", errno: ENOENT)) { _ = try SocketClaim(at: "") }
    let lost = folder.path(of: "no/engine")
    #expect(throws: ListenerError.refused(lost, errno: ENOENT)) { _ = try SocketClaim(at: lost) }
  }

  @Test("an engine without a lock, at whose socket another process listens, is left alone")
  func inUseWithoutLock() throws {
    let listener = try Listener(SocketClaim(at: path))
    try folder.remove("engine.lock")
    #expect(throws: ListenerError.inUse(path)) { _ = try SocketClaim(at: path) }
    #expect(try folder.content == ["engine"])
    withExtendedLifetime(listener) {}
  }

  @Test("a claimed path is in use before its socket is there")
  func claimed() throws {
    do {
      let claim = try SocketClaim(at: path)
      #expect(try folder.content == ["engine.lock"])
      #expect(throws: ListenerError.inUse(path)) { _ = try SocketClaim(at: path) }
      withExtendedLifetime(claim) {}
    }
    #expect(try folder.content == [])
  }

  @Test("what a process left that was killed while it made the socket is replaced")
  func unfinished() throws {
    try leaveSocket()
    let begun = folder.path(of: "engine.new")
    try FileManager.default.moveItem(atPath: path.description, toPath: begun.description)
    do {
      let listener = try Listener(SocketClaim(at: path))
      #expect(TestClient(path) != nil)
      #expect(try folder.content == ["engine", "engine.lock"])
      withExtendedLifetime(listener) {}
    }
    #expect(try folder.content == [])
  }

  @Test("the longest path has no room for a name beside it, and is served all the same")
  func longest() throws {
    let name = String(repeating: "x", count: 107 - folder.path.utf8.count - 1)
    let longest = folder.path(of: name)
    for _ in 0..<2 {
      let listener = try Listener(SocketClaim(at: longest))
      #expect(TestClient(longest) != nil)
      #expect(try folder.content == [name, name + ".lock"])
      withExtendedLifetime(listener) {}
    }
    #expect(try folder.content == [])
  }

  /// How many threads have the path in `race`.
  private static let owners = Atomic<Int>(0)

  /// Many threads claim one path, where a stale socket is, again and again. The thread that has it makes
  /// the socket and removes it. No two threads have it at a time, and the socket answers meanwhile.
  @Test("of claims at the same moment one succeeds")
  func race() async throws {
    try leaveSocket()
    let path = path
    let served = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var served = 0
          for _ in 0..<200 {
            guard let claim = try? SocketClaim(at: path) else { continue }
            #expect(Self.owners.add(1, ordering: .sequentiallyConsistent).newValue == 1)
            guard let listener = try? Listener(claim) else {
              Issue.record("a claimed path could not be served")
              continue
            }
            if TestClient(path) == nil { Issue.record("the socket does not answer") }
            served += 1
            Self.owners.subtract(1, ordering: .sequentiallyConsistent)
            withExtendedLifetime(listener) {}
          }
          return served
        }
      }
      return await group.reduce(0, +)
    }
    #expect(served > 0)
    #expect(try folder.content == [])
  }

  @Test("a folder of its own is open to no other user, and gone with the socket")
  func ownFolder() throws {
    var path: ByteString = ""
    do {
      let listener = try Listener(SocketClaim(inFolder: "serving-test"))
      path = listener.path
      let parent = ByteString((path.description as NSString).deletingLastPathComponent)
      #expect(try mode(parent) == 0o700)
      #expect(TestClient(path) != nil)
      // A claim that comes later leaves it alone.
      _ = try SocketClaim(inFolder: "serving-test")
      #expect(TestClient(path) != nil)
    }
    let parent = (path.description as NSString).deletingLastPathComponent
    #expect(parent.contains("serving-test."))
    #expect(!FileManager.default.fileExists(atPath: parent))
  }

  /// A folder as a killed process leaves it, beside others of the same name.
  private func makeFolder(_ parent: String, _ suffix: String, _ files: [String], mode: Int) throws
    -> String
  {
    let path = "\(parent)/serving-dead.\(suffix)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
    for file in files { try Data().write(to: URL(fileURLWithPath: "\(path)/\(file)")) }
    return path
  }

  @Test("folders that killed processes left are removed, and no others")
  func deadFolders() throws {
    let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    let gone = [
      try makeFolder(parent, "aaaaaa", ["socket", "socket.lock"], mode: 0o700),
      try makeFolder(parent, "bbbbbb", ["socket.lock", "socket.new"], mode: 0o700),
      try makeFolder(parent, "cccccc", [], mode: 0o700),
    ]
    let kept = [
      try makeFolder(parent, "dddddd", ["socket", "socket.lock"], mode: 0o755),
      try makeFolder(parent, "eeeeee", ["socket"], mode: 0o700),
      try makeFolder(parent, "ffffff", ["socket.lock", "notes"], mode: 0o700),
      try makeFolder(parent, "ggggggg", [], mode: 0o700),
    ]
    defer { for path in gone + kept { try? FileManager.default.removeItem(atPath: path) } }
    _ = try SocketClaim(inFolder: "serving-dead")
    let files = FileManager.default
    #expect(gone.filter { files.fileExists(atPath: $0) } == [])
    #expect(kept.filter { files.fileExists(atPath: $0) } == kept)
    #expect(files.fileExists(atPath: kept[2] + "/notes"))
  }
}
