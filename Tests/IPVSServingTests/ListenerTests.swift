import Foundation
import IPVSServing
import IPVSText
import Testing

/// The socket file: whose it is, and what becomes of it.
@Suite struct ListenerTests {
  let folder: TemporaryFolder
  let path: ByteString

  init() throws {
    folder = try TemporaryFolder()
    path = folder.place("engine")
  }

  private func mode(_ path: ByteString) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: path.description)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue
  }

  @Test("only its owner may use it, and it is gone with its maker")
  func life() throws {
    do {
      let listener = try Listener(at: path)
      #expect(try mode(path) == 0o600)
      #expect(listener.path == path)
      #expect(TestClient(path) != nil)
    }
    #expect(try folder.content == [])
  }

  @Test("what a process left behind is replaced")
  func stale() throws {
    try leaveSocket()
    #expect(TestClient(path) == nil)
    let listener = try Listener(at: path)
    #expect(TestClient(path) != nil)
    withExtendedLifetime(listener) {}
  }

  /// Makes a socket file whose maker is gone: linked elsewhere, it outlives the listener.
  private func leaveSocket() throws {
    let first = folder.place("first")
    let listener = try Listener(at: first)
    try FileManager.default.linkItem(atPath: first.description, toPath: path.description)
    withExtendedLifetime(listener) {}
  }

  @Test("where another serves, nothing is taken away")
  func inUse() throws {
    let listener = try Listener(at: path)
    #expect(throws: ListenerError.inUse(path)) { _ = try Listener(at: path) }
    #expect(TestClient(path) != nil)
    withExtendedLifetime(listener) {}
  }

  @Test("what is no socket is left alone", arguments: ["file", "folder", "link"])
  func notASocket(_ kind: String) throws {
    let name = path.description
    switch kind {
    case "file": try Data("x".utf8).write(to: URL(fileURLWithPath: name))
    case "folder":
      try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
    default: try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: "/")
    }
    #expect(throws: ListenerError.notASocket(path)) { _ = try Listener(at: path) }
    #expect(try folder.content == ["engine"])
  }

  @Test("a file that took the name later is not removed")
  func replaced() throws {
    do {
      let listener = try Listener(at: path)
      try FileManager.default.removeItem(atPath: path.description)
      try Data("x".utf8).write(to: URL(fileURLWithPath: path.description))
      withExtendedLifetime(listener) {}
    }
    #expect(try folder.content == ["engine"])
  }

  @Test("paths that are none")
  func paths() {
    let long = folder.place(String(repeating: "x", count: 108))
    #expect(throws: ListenerError.tooLong(long, limit: 107)) { _ = try Listener(at: long) }
    #expect(throws: ListenerError.refused("", errno: ENOENT)) { _ = try Listener(at: "") }
    let lost = folder.place("no/engine")
    #expect(throws: ListenerError.refused(lost, errno: ENOENT)) { _ = try Listener(at: lost) }
  }

  @Test("a folder of its own is open to nobody else, and gone with the socket")
  func ownFolder() throws {
    var path: ByteString = ""
    do {
      let listener = try Listener(inFolder: "serving-test")
      path = listener.path
      let parent = ByteString((path.description as NSString).deletingLastPathComponent)
      #expect(try mode(parent) == 0o700)
      #expect(TestClient(path) != nil)
    }
    let parent = (path.description as NSString).deletingLastPathComponent
    #expect(parent.contains("serving-test."))
    #expect(!FileManager.default.fileExists(atPath: parent))
  }
}
