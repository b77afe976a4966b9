// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import IPVSText

/// A file that is read or written from its beginning to its end, in pieces (stdio(3)).
package struct FileStream: ~Copyable {
  /// What is done with the file.
  package enum Direction {
    case reading
    case writing
  }

  /// The name that it was opened by.
  package let name: ByteString

  private let file: UnsafeMutablePointer<FILE>

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - name: The file; `-` is standard input or output. One to write to is replaced.
  ///   - direction: What is done with it.
  /// - Throws: The error of opening it.
  package init(_ name: ByteString, for direction: Direction) throws(SystemError) {
    self.name = name
    let mode = direction == .reading ? "re" : "we"
    guard let file = Self.open(name, direction, mode) else { throw SystemError(errno: errno) }
    self.file = file
  }

  private static func open(
    _ name: ByteString, _ direction: Direction, _ mode: String
  ) -> UnsafeMutablePointer<FILE>? {
    if name == "-" { return fdopen(dup(direction == .reading ? 0 : 1), mode) }
    guard !name.bytes.contains(0) else {
      errno = ENOENT
      return nil
    }
    return name.withCString { fopen($0, mode) }
  }

  deinit {
    fclose(file)
  }

  /// Reads up to `count` bytes to the beginning of `buffer`, as far as they fit.
  ///
  /// - Returns: How many bytes there were; fewer than `count` at the end of the file only.
  /// - Throws: The error of reading.
  package func read(_ count: Int, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    let length = fread(&buffer, 1, min(count, buffer.count), file)
    guard ferror(file) == 0 else { throw SystemError(errno: errno) }
    return length
  }

  /// Writes numbers in the machine's byte order. They may stay in a buffer until `flush`.
  ///
  /// - Throws: The error of writing.
  package func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws(SystemError) {
    let written = fwrite(numbers, MemoryLayout<Number>.stride, numbers.count, file)
    guard written == numbers.count else { throw SystemError(errno: errno) }
  }

  /// Writes what is buffered.
  ///
  /// - Throws: The error of writing.
  package func flush() throws(SystemError) {
    guard fflush(file) == 0 else { throw SystemError(errno: errno) }
  }
}
