// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSListing
internal import IPVSNames
internal import IPVSRules
internal import IPVSSystem
package import IPVSText

/// What commands remember of one table between runs (ipvsadm(8), FILES): the lock, the rules before the
/// last change, and the drained servers.
package struct TableState {
  let folder: StateFolder

  /// The name of the table in the names of its files: `netns-17`, or `engine-` and the socket's path.
  private let table: String

  init(_ session: Session) {
    folder = session.environment.stateFolder ?? .standard
    table =
      switch session.host.peer {
      case .engine(let path?): Self.name(ofEngine: path)
      case .engine(nil): "process"
      case .kernel: "netns-\(NetworkNamespace.number ?? 0)"
      }
  }

  /// The files about the table of an engine.
  ///
  /// - Parameter path: Its socket.
  package init(ofEngine path: ByteString) {
    folder = .standard
    table = Self.name(ofEngine: path)
  }

  private static func name(ofEngine path: ByteString) -> String {
    "engine-\(escaped(path.resolvedPath))"
  }

  /// Removes all files about the table, for one that is no more.
  package func forget() {
    for name in [lockName, keptName, drainedName] { folder.remove(name) }
  }

  /// A path as one component of another.
  private static func escaped(_ path: ByteString) -> String {
    var text = ""
    for scalar in path.description.unicodeScalars {
      switch scalar {
      case "%": text += "%25"
      case "/": text += "%2F"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  private var lockName: String { "\(table).lock" }
  private var keptName: String { "\(table).before" }
  private var drainedName: String { "\(table).drained" }

  /// The path of the rules before the last change, for messages.
  var keptPath: String { folder.path(of: keptName) }
}

// MARK: - The lock

extension TableState {
  /// A lock of the table. The system gives it up when the process ends, however that happens.
  struct Lock: ~Copyable {
    fileprivate let file: FileDescriptor

    deinit {
      try? file.overwrite([])
      file.close()
    }
  }

  /// Why the lock cannot be had.
  enum LockFailure: Error {
    /// Another process holds it. `holder` is what it says of itself.
    case held(by: String)

    /// The file of the lock cannot be had.
    case file(path: String, SystemError)
  }

  private static let pause: UInt32 = 50

  /// Locks the table against other commands of this program.
  ///
  /// - Parameters:
  ///   - command: What the lock is for, to be shown to those that wait.
  ///   - wait: How long to wait for it, in seconds.
  func lock(for command: String, waiting wait: UInt32) throws(LockFailure) -> Lock {
    let path = folder.path(of: lockName)
    let file: FileDescriptor
    do throws(SystemError) {
      try folder.make()
      file = try FileDescriptor(creating: path)
    } catch {
      throw .file(path: path, error)
    }
    let end = SystemClock.monotonic + UInt64(wait) * 1000
    while true {
      let isLocked: Bool
      do throws(SystemError) {
        isLocked = try file.lockIfFree()
      } catch {
        file.close()
        throw .file(path: path, error)
      }
      if isLocked { break }
      guard SystemClock.monotonic < end else {
        file.close()
        throw .held(by: holder)
      }
      SystemClock.wait(milliseconds: Self.pause)
    }
    try? file.overwrite(Array("\(command)\n\(SystemClock.process)\n\(SystemClock.now)\n".utf8))
    return Lock(file: file)
  }

  /// `ipvsadm --apply (process 1234) since 12 s`.
  private var holder: String {
    let content = (try? folder.content(of: lockName)) ?? []
    let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
    guard lines.count == 3, let since = Int(lines[2]) else { return "another process" }
    return "\(lines[0]) (process \(lines[1])) since \(max(0, SystemClock.now - since)) s"
  }
}

// MARK: - The rules before the last change

extension TableState {
  /// Keeps a picture for `--undo`. Where it cannot be kept, an older one goes too: `--undo` would take
  /// back more than the last change.
  func keep(_ picture: Picture, before command: String) throws(SystemError) {
    var text = TextBuffer()
    text.append("# the table before \(command)\n")
    SaveListing(isFull: true).append(picture, to: &text)
    do throws(SystemError) {
      try folder.make()
      try folder.replace(keptName, with: text.bytes)
    } catch {
      folder.remove(keptName)
      throw error
    }
  }

  /// The rules before the last change, and what that was; nil where none are kept.
  func kept() throws(SystemError) -> [UInt8]? { try folder.content(of: keptName) }

  /// When the table was last changed as a whole, in seconds since 1970; nil where that is not known.
  var lastChange: Int? { folder.time(of: keptName) }

  /// Puts back what was kept before a change that was not made. A failure loses an older state only.
  func keepAgain(_ content: [UInt8]?) {
    if let content { try? folder.replace(keptName, with: content) } else { folder.remove(keptName) }
  }
}

// MARK: - Drained servers

extension TableState {
  /// The drained servers that are remembered.
  func drained() throws(SystemError) -> [DrainedServer] {
    guard let content = try folder.content(of: drainedName) else { return [] }
    var servers: [DrainedServer] = []
    var reader = RestoreReader(content)
    let names = SystemNames()
    while let line = reader.next() {
      guard
        case .change(.addServer(let server, to: let identity))? =
          try? CommandParser.parse(line, names: names),
        let since = line.text.description.split(separator: " ").last.flatMap({ Int($0) })
      else { continue }
      servers.append(
        DrainedServer(
          name: ServerIdentity(server.endpoint, of: identity), weight: server.weight, since: since))
    }
    return servers
  }

  /// Remembers drained servers in place of those before.
  func remember(_ drained: [DrainedServer]) throws(SystemError) {
    guard !drained.isEmpty else { return folder.remove(drainedName) }
    var text = TextBuffer()
    for server in drained {
      let rule = RealServer(server.name.endpoint, forwarding: .masquerading, weight: server.weight)
      text.append("-a \(rule.typed(in: server.name.service)) # since \(server.since)\n")
    }
    try folder.make()
    try folder.replace(drainedName, with: text.bytes)
  }
}
