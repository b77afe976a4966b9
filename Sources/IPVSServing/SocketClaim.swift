// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem
public import IPVSText

/// The right to serve at a path, which one process has at a time: the file `PATH.lock` is locked for as
/// long. A process that has it may make the socket and take away a stale one.
public struct SocketClaim: ~Copyable {
  public let path: ByteString
  private var lock: FileLock
  private var inherited: InheritedSocket?

  /// Claims a path.
  ///
  /// - Parameter inherited: The socket that listens there already, if this process was started with it.
  /// - Throws: `inUse` where another process has claimed it, or answers there without a claim.
  public init(
    at path: ByteString, with inherited: consuming InheritedSocket? = nil
  ) throws(ListenerError) {
    try Self.check(path)
    let lock = try Self.lock(path)
    // Where it listens itself, it would find itself.
    if inherited == nil { _ = try Self.isStaleSocket(path) }
    self.path = path
    self.lock = lock
    self.inherited = inherited
  }

  /// Claims a path in a new folder for temporary files, which is open to the owner only and goes with
  /// the claim. Folders that killed processes of this user left are removed.
  ///
  /// - Parameter name: What the folder's name begins with.
  public init(inFolder name: ByteString) throws(ListenerError) {
    Self.removeDeadFolders(name)
    for _ in 0..<Self.attempts {
      let folder = try PrivateFolder(name)
      let path = folder.path.appending("/socket")
      try Self.check(path)
      // Another process may take the new folder for a dead one until the lock is there.
      if let lock = try? FileLock(Self.lockPath(path), in: folder) {
        self.path = path
        self.lock = lock
        return
      }
    }
    throw .inUse(name)
  }

  private static let attempts = 16

  /// Removes the folders whose lock no process has. A file in them that is not ours stays, and the
  /// folder with it.
  private static func removeDeadFolders(_ name: ByteString) {
    PrivateFolder.forEach(name) { folder in
      let path = folder.path.appending("/socket")
      guard let lock = try? FileLock(lockPath(path), in: folder, creates: false) else { return }
      for file in [path, path.appending(newSuffix)] { _ = file.withCString { unlink($0) } }
      _ = consume lock
    }
  }

  private static func lockPath(_ path: ByteString) -> ByteString { path.appending(".lock") }

  /// Behind the path of a socket while it is made.
  private static let newSuffix: ByteString = ".new"

  private static func lock(_ path: ByteString) throws(ListenerError) -> FileLock {
    do throws(FileLock.Failure) {
      return try FileLock(lockPath(path))
    } catch {
      switch error {
      case .taken: throw .inUse(path)
      case .refused(let errno): throw .refused(path, errno: errno)
      }
    }
  }

  /// Makes the lock file anew where it was removed.
  ///
  /// - Throws: `inUse` where another process has made one.
  mutating func renew() throws(ListenerError) {
    if !lock.isInPlace { lock = try Self.lock(path) }
  }

  /// Takes the socket that this process was started with, once; nil if there was none.
  mutating func takeInherited() -> Int32? { inherited.take()?.take() }

  /// Makes the socket, which listens when its file appears under the path.
  func listen() throws(ListenerError) -> (descriptor: Int32, file: FileIdentity) {
    let (path, made) = (path, temporaryPath)
    try Self.removeStaleSocket(made)
    let descriptor = socket(AF_UNIX, Self.kind, 0)
    guard descriptor >= 0 else { throw .refused(path, errno: errno) }
    do throws(ListenerError) {
      try Self.bind(descriptor, made)
      guard Glibc.listen(descriptor, SOMAXCONN) == 0, let file = FileIdentity(made) else {
        throw .refused(path, errno: errno)
      }
      if made != path {
        _ = try Self.isStaleSocket(path)
        let result = made.withCString { made in path.withCString { rename(made, $0) } }
        guard result == 0 else { throw .refused(path, errno: errno) }
      }
      return (descriptor, file)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static let kind =
    Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

  /// Where the socket is made, to be renamed when it listens. A path that is too long to add to is
  /// that of the socket itself: then clients may come before it listens.
  private var temporaryPath: ByteString {
    let beside = path.appending(Self.newSuffix)
    return UnixAddress(path: beside.bytes) == nil ? path : beside
  }

  private static func bind(_ descriptor: Int32, _ path: ByteString) throws(ListenerError) {
    guard let address = UnixAddress(path: path.bytes) else { throw .refused(path, errno: EINVAL) }
    // The file has its mode from the first moment.
    let mask = umask(0o177)
    let result = address.bind(descriptor)
    umask(mask)
    guard result == 0 else { throw .refused(path, errno: result) }
  }

  private static func check(_ path: ByteString) throws(ListenerError) {
    guard !path.isEmpty else { throw .refused(path, errno: ENOENT) }
    guard UnixAddress(path: path.bytes) != nil else {
      throw .tooLong(path, limit: UnixAddress.longestPath)
    }
  }

  private static func removeStaleSocket(_ path: ByteString) throws(ListenerError) {
    guard try isStaleSocket(path) else { return }
    guard path.withCString({ unlink($0) }) == 0 else { throw .refused(path, errno: errno) }
  }

  /// Whether there is a socket at which no process listens.
  ///
  /// - Returns: false if there is no file.
  /// - Throws: `inUse` or `notASocket` if there is another file, which is left alone.
  private static func isStaleSocket(_ path: ByteString) throws(ListenerError) -> Bool {
    guard let present = FileIdentity(path) else { return false }
    guard present.isSocket, let address = UnixAddress(path: path.bytes) else {
      throw .notASocket(path)
    }
    let probe = socket(AF_UNIX, kind, 0)
    guard probe >= 0 else { throw .refused(path, errno: errno) }
    defer { close(probe) }
    // A socket of another type refuses the connection with another error.
    guard address.connect(probe) == ECONNREFUSED else { throw .inUse(path) }
    return true
  }
}
