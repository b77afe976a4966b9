// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSText

/// An open file of the system, read and written in whole steps.
public struct FileDescriptor: Sendable {
  public let number: Int32

  public static let standardInput = FileDescriptor(number: STDIN_FILENO)
  public static let standardOutput = FileDescriptor(number: STDOUT_FILENO)
  public static let standardError = FileDescriptor(number: STDERR_FILENO)

  public init(number: Int32) {
    self.number = number
  }

  /// Opens a file for reading.
  public init(reading path: String) throws(SystemError) {
    number = open(path, O_RDONLY | O_CLOEXEC)
    if number < 0 { throw SystemError(errno: errno) }
  }

  /// Opens a file for reading.
  public init(reading path: ByteString) throws(SystemError) {
    number = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
    if number < 0 { throw SystemError(errno: errno) }
  }

  /// Opens a regular file that is no program for reading, and waits for nothing.
  ///
  /// - Throws: EISDIR for a folder, EINVAL for another kind of file and for a program.
  public init(readingRegular path: ByteString) throws(SystemError) {
    number = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    if number < 0 { throw SystemError(errno: errno) }
    var status = stat()
    let isKnown = fstat(number, &status) == 0
    let kind = status.st_mode & S_IFMT
    if isKnown, kind == S_IFREG, status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) == 0 { return }
    close()
    throw SystemError(errno: isKnown && kind == S_IFDIR ? EISDIR : EINVAL)
  }

  /// What the file is, whatever the path by which it was opened; nil where that is not known.
  public var identity: ByteString? {
    var status = stat()
    guard fstat(number, &status) == 0 else { return nil }
    return ByteString("\(status.st_dev):\(status.st_ino)")
  }

  /// Opens a file for reading and writing, and makes it where it is missing, for its owner alone.
  public init(creating path: String) throws(SystemError) {
    number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if number < 0 { throw SystemError(errno: errno) }
  }

  /// Whether a person is at the other end.
  public var isTerminal: Bool { isatty(number) == 1 }

  /// How many rows and columns a terminal shows; 24 and 80 where that is not known.
  public var terminalSize: (rows: Int, columns: Int) {
    var size = winsize()
    guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
      return (24, 80)
    }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Locks the file for this process until it is closed, if no other process has it locked.
  ///
  /// - Returns: Whether it is locked.
  public func lockIfFree() throws(SystemError) -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw SystemError(errno: errno) }
    }
    return true
  }

  /// Replaces the content of the file by `bytes`.
  public func overwrite(_ bytes: [UInt8]) throws(SystemError) {
    guard ftruncate(number, 0) == 0, lseek(number, 0, SEEK_SET) == 0 else {
      throw SystemError(errno: errno)
    }
    try write(bytes)
  }

  /// What tells one state of a file from another: its size, and when it was changed.
  public struct Version: Equatable {
    let size: Int
    let seconds: Int
    let nanoseconds: Int
  }

  /// The state of the file; nil for what is no regular file.
  public var version: Version? {
    var status = stat()
    guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Version(
      size: status.st_size, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
  }

  public func close() {
    _ = Glibc.close(number)
  }

  /// Whether a read would not wait.
  ///
  /// - Parameter milliseconds: How long to wait for that.
  public func isReadable(within milliseconds: Int32) -> Bool {
    var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, milliseconds) == 1
  }

  /// Reads what is there into `buffer`, from its beginning, and waits for the first byte.
  ///
  /// - Returns: The number of bytes; 0 at the end of the file.
  public func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
    try read(into: &buffer, atMost: buffer.count)
  }

  /// Appends what is there to `room`, as far as it fits, and waits for the first byte. Appends nothing
  /// at the end of the file.
  public func read(into room: inout OutputSpan<UInt8>) throws(SystemError) {
    try room.withUnsafeMutableBufferPointer { buffer, count throws(SystemError) in
      let end = buffer.baseAddress.map { $0 + count }
      count += try read(into: end, atMost: buffer.count - count)
    }
  }

  private func read(
    into memory: UnsafeMutableRawPointer?, atMost count: Int
  ) throws(SystemError) -> Int {
    while true {
      let length = Glibc.read(number, memory, count)
      if length >= 0 { return length }
      if errno != EINTR { throw SystemError(errno: errno) }
    }
  }

  /// Reads the rest of the file.
  ///
  /// - Parameter limit: The most bytes; what follows them is left in the file.
  public func readToEnd(atMost limit: Int = .max) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10))
    while content.count < limit {
      let length = try read(into: &chunk, atMost: min(chunk.count, limit - content.count))
      if length == 0 { break }
      content += chunk[..<length]
    }
    return content
  }

  /// Writes all of `bytes`.
  public func write(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let length = bytes.withUnsafeBytes { bytes in
        Glibc.write(number, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      }
      guard length >= 0 || errno == EINTR else { throw SystemError(errno: errno) }
      written += max(length, 0)
    }
  }

  /// Opens the standard files that the caller closed, so that no file opened later, such as the netlink
  /// socket, gets the number of one of them. Reading and writing them fails.
  public static func guardStandardFiles() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
