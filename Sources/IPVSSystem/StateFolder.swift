// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSText

/// A folder in which programs keep what must outlive one run but not the machine's: `/run/ipvsadm`, or a
/// folder of the user.
public struct StateFolder: Sendable {
  public let path: String

  public init(path: String) {
    self.path = path
  }

  /// The folder of the user that this process runs as.
  public static var standard: StateFolder {
    if geteuid() == 0 { return StateFolder(path: "/run/ipvsadm") }
    if let runtime = getenv("XDG_RUNTIME_DIR"), runtime.pointee == UInt8(ascii: "/") {
      return StateFolder(path: "\(String(cString: runtime))/ipvsadm")
    }
    return StateFolder(path: "/tmp/ipvsadm-\(geteuid())")
  }

  /// The path of a file in the folder.
  public func path(of name: String) -> String { "\(path)/\(name)" }

  /// Makes the folder where it is missing. Only its owner may write in it.
  public func make() throws(SystemError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw SystemError(errno: errno) }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw SystemError(errno: errno) }
    let isSafe =
      status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
      && status.st_mode & 0o022 == 0
    guard isSafe else { throw SystemError(errno: EPERM) }
  }

  /// Replaces a file in one step: its readers see the old content or the new one.
  public func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
    var new = try FileReplacement(of: ByteString(path(of: name)), mode: 0o600)
    try new.write(bytes)
    try new.commit()
  }

  /// When a file was written, in seconds since 1970; nil where there is none.
  public func time(of name: String) -> Int? {
    var status = stat()
    return lstat(path(of: name), &status) == 0 ? status.st_mtim.tv_sec : nil
  }

  /// Removes a file, if it is there.
  public func remove(_ name: String) {
    unlink(path(of: name))
  }

  /// The content of a file; nil where there is none.
  public func content(of name: String) throws(SystemError) -> [UInt8]? {
    let file: FileDescriptor
    do throws(SystemError) {
      file = try FileDescriptor(reading: path(of: name))
    } catch {
      if error.errno == ENOENT { return nil }
      throw error
    }
    defer { file.close() }
    return try file.readToEnd()
  }
}

extension ByteString {
  /// The path without relative parts and symbolic links; as it is where no file is there.
  public var resolvedPath: ByteString {
    withCString { path in
      guard let resolved = realpath(path, nil) else { return self }
      defer { free(resolved) }
      return ByteString(cString: resolved)
    }
  }
}
