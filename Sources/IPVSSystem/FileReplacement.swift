// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSText

/// New content for a file, which takes the place of the old one in one step: readers see the one or the
/// other, whole.
///
/// It is written to a temporary file in the same folder. Until `commit` the old content stays, and a value
/// that ends before removes the temporary file.
public struct FileReplacement: ~Copyable {
  private let path: ByteString
  private let temporary: ByteString
  private let file: FileDescriptor
  private var isCommitted = false

  /// Begins to replace a file.
  ///
  /// - Parameters:
  ///   - path: The file; it need not be there. Of a symbolic link the link is replaced.
  ///   - mode: Its permissions, whatever the umask is.
  /// - Throws: The error of making a file in its folder.
  public init(of path: ByteString, mode: UInt32) throws(SystemError) {
    let (temporary, file) = try Self.makeFile(in: path.folder, mode: mode)
    self.path = path
    self.temporary = temporary
    self.file = file
  }

  /// Makes a file of a new name. It is hidden, and never has the ending of the file that it is for, by
  /// which programs find the files of a folder.
  private static func makeFile(
    in folder: ByteString, mode: UInt32
  ) throws(SystemError) -> (ByteString, FileDescriptor) {
    var template = folder.bytes + Array("/.ipvsadm.XXXXXX\0".utf8)
    let number = template.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { name in name.baseAddress.map(mkstemp) ?? -1 }
    }
    guard number >= 0 else { throw SystemError(errno: errno) }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    _ = fchmod(number, mode)
    return (ByteString(template.dropLast()), FileDescriptor(number: number))
  }

  deinit {
    file.close()
    if !isCommitted { temporary.withCString { _ = unlink($0) } }
  }

  /// Appends to the new content.
  public func write(_ bytes: [UInt8]) throws(SystemError) { try file.write(bytes) }

  /// Puts the new content in place, when all of it is on its disk.
  public mutating func commit() throws(SystemError) {
    guard fsync(file.number) == 0 else { throw SystemError(errno: errno) }
    let status = temporary.withCString { new in path.withCString { rename(new, $0) } }
    guard status == 0 else { throw SystemError(errno: errno) }
    isCommitted = true
  }
}

extension ByteString {
  /// The folder of a path: what precedes its last slash, `.` where there is none.
  public var folder: ByteString {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : ByteString(bytes[..<slash])
  }

  /// What a path leads to.
  public enum FileKind: Sendable {
    case none
    case regular
    case folder
    case other
  }

  /// What is at the path, symbolic links followed; `none` also where that cannot be seen.
  public var fileKind: FileKind {
    var status = stat()
    guard withCString({ stat($0, &status) }) == 0 else { return .none }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .regular
    case S_IFDIR: return .folder
    default: return .other
    }
  }
}
