internal import CIPVSServing
internal import Glibc
public import IPVSText
internal import IPVSUnixSockets

/// A unix socket of type SOCK_SEQPACKET that clients connect to: a file that only its owner and root
/// may use, and that is gone when this value is.
public struct Listener: ~Copyable {
  public let path: ByteString

  /// For poll(2): readable when a client waits.
  public let descriptor: Int32

  /// The file as it was made: another that took its name is not ours to remove.
  private let file: FileIdentity

  /// The folder that was made for the socket, if one was. It goes when the socket is gone.
  private let folder: PrivateFolder?

  /// Makes the socket in a folder of its own, which is open to the owner only.
  ///
  /// - Parameter name: What the folder's name begins with.
  public init(inFolder name: String) throws(ListenerError) {
    let folder = try PrivateFolder(name)
    var path = folder.path
    path.bytes += "/socket".utf8
    try self.init(path, folder)
  }

  /// Makes the socket. One that a process left behind is replaced; one that is in use is not.
  public init(at path: ByteString) throws(ListenerError) {
    try self.init(path, nil)
  }

  private init(
    _ path: ByteString, _ folder: consuming PrivateFolder?
  ) throws(ListenerError) {
    guard !path.isEmpty else { throw .refused(path, errno: ENOENT) }
    guard let address = UnixAddress(path: path.bytes) else {
      throw .tooLong(path, limit: UnixAddress.longestPath)
    }
    let descriptor = socket(AF_UNIX, Self.kind, 0)
    guard descriptor >= 0 else { throw .refused(path, errno: errno) }
    do throws(ListenerError) {
      try Self.clear(path, address)
      file = try Self.bind(descriptor, path, address)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    self.folder = folder
  }

  private static let kind =
    Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

  /// Takes away the file of a process that is gone.
  private static func clear(_ path: ByteString, _ address: UnixAddress) throws(ListenerError) {
    guard let present = FileIdentity(path) else { return }
    guard present.isSocket else { throw .notASocket(path) }
    let probe = socket(AF_UNIX, kind, 0)
    guard probe >= 0 else { throw .refused(path, errno: errno) }
    defer { close(probe) }
    // Nobody listens at a file whose maker is gone. To one of another type we cannot talk.
    guard address.connect(probe) == ECONNREFUSED else { throw .inUse(path) }
    guard FileIdentity(path) == present else { throw .inUse(path) }
    guard path.withCString({ unlink($0) }) == 0 else { throw .refused(path, errno: errno) }
  }

  private static func bind(
    _ descriptor: Int32, _ path: ByteString, _ address: UnixAddress
  ) throws(ListenerError) -> FileIdentity {
    // The file has its mode from the first moment.
    let mask = umask(0o177)
    let result = address.bind(descriptor)
    umask(mask)
    guard result == 0 else {
      throw result == EADDRINUSE ? .inUse(path) : .refused(path, errno: result)
    }
    guard listen(descriptor, SOMAXCONN) == 0, let file = FileIdentity(path) else {
      throw .refused(path, errno: errno)
    }
    return file
  }

  deinit {
    close(descriptor)
    if FileIdentity(path) == file { _ = path.withCString { unlink($0) } }
  }

  /// Who comes next.
  enum Arrival {
    case client(Int32)

    /// Somebody who may not come in, and was shown out.
    case stranger

    case nobody

    /// The process or the system has no descriptor or memory left.
    case noRoom
  }

  func next() -> Arrival {
    let client = ipvs_accept(descriptor)
    switch -client {
    case EAGAIN, EINTR, ECONNABORTED: return .nobody
    case 1...: return .noRoom
    default: break
    }
    var user: uid_t = 0
    guard ipvs_peer_user(client, &user) == 0, user == 0 || user == geteuid() else {
      close(client)
      return .stranger
    }
    return .client(client)
  }
}

/// What tells a file from another that has its name later.
private struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  let isSocket: Bool

  /// Nil: there is none.
  init?(_ path: ByteString) {
    var status = stat()
    guard path.withCString({ lstat($0, &status) }) == 0 else { return nil }
    device = status.st_dev
    number = status.st_ino
    isSocket = status.st_mode & S_IFMT == S_IFSOCK
  }
}
