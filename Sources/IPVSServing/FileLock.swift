internal import Glibc
internal import IPVSSystem
internal import IPVSText

/// A file that this value has locked and that is gone when the value is (flock(2)). The system unlocks
/// it when the process ends, however it ends, so that a file that a killed process left is no lock.
struct FileLock: ~Copyable {
  enum Failure: Error {
    /// Another owner has it.
    case taken

    case refused(errno: Int32)
  }

  /// How often the file may vanish between the opening and the locking of it. It vanishes once for
  /// each owner that ends at that moment.
  private static let attempts = 100

  private let path: ByteString
  private let descriptor: Int32

  /// The folder that was made for the file, if one was. It goes after the file.
  private let folder: PrivateFolder?

  /// Locks a file without waiting for another owner.
  ///
  /// - Parameters:
  ///   - path: The file, which is made where there is none.
  ///   - folder: Removed after the file.
  ///   - creates: Whether the file may be made; otherwise its absence is a failure (ENOENT).
  init(
    _ path: ByteString, in folder: consuming PrivateFolder? = nil, creates: Bool = true
  ) throws(Failure) {
    self.path = path
    descriptor = try Self.locked(path, creates)
    self.folder = folder
  }

  private static func locked(_ path: ByteString, _ creates: Bool) throws(Failure) -> Int32 {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creates ? O_CREAT : 0)
    for _ in 0..<attempts {
      let descriptor = path.withCString { open($0, flags, 0o600) }
      guard descriptor >= 0 else { throw .refused(errno: errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let failure = errno
        close(descriptor)
        throw failure == EWOULDBLOCK ? .taken : .refused(errno: failure)
      }
      // The owner before may have removed it meanwhile: then the name is free, or another file's.
      if FileIdentity(descriptor) == FileIdentity(path) { return descriptor }
      close(descriptor)
    }
    throw .taken
  }

  /// Whether the name is still that of the locked file.
  var isInPlace: Bool { FileIdentity(path) == FileIdentity(descriptor) }

  deinit {
    if isInPlace { _ = path.withCString { unlink($0) } }
    close(descriptor)
  }
}
