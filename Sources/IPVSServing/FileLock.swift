// SPDX-License-Identifier: Apache-2.0

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
    for _ in 0..<attempts {
      let descriptor = opened(path, creates)
      if descriptor < 0, creates, errno == EEXIST { continue }
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

  /// Opens the file, or makes it. A file that exists is opened without O_CREAT, with which the system
  /// refuses those of other users in /tmp (fs.protected_regular).
  ///
  /// - Returns: A negative number where that fails; with EEXIST if another process has just made it.
  private static func opened(_ path: ByteString, _ creates: Bool) -> Int32 {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
    let descriptor = path.withCString { open($0, flags) }
    guard descriptor < 0, creates, errno == ENOENT else { return descriptor }
    return path.withCString { open($0, flags | O_CREAT | O_EXCL, 0o600) }
  }

  /// Whether the name is still that of the locked file.
  var isInPlace: Bool { FileIdentity(path) == FileIdentity(descriptor) }

  deinit {
    if isInPlace { _ = path.withCString { unlink($0) } }
    close(descriptor)
  }
}
