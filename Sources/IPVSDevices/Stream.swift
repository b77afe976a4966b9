// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSText

/// A file that is read or written from its beginning to its end, in pieces.
struct Stream: ~Copyable {
  enum Direction {
    case reading
    case writing
  }

  let name: ByteString
  private let file: UnsafeMutablePointer<FILE>

  /// - Parameter name: the file; `-` is standard input or output. One to write to is replaced.
  init(_ name: ByteString, for direction: Direction) throws(CaptureError) {
    self.name = name
    let mode = direction == .reading ? "re" : "we"
    guard let file = Self.open(name, direction, mode) else { throw .open(name, errno: errno) }
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
    return fopen(name.bytes.map { CChar(bitPattern: $0) } + [0], mode)
  }

  deinit {
    fclose(file)
  }

  /// Fills `buffer` up to `count` bytes and returns how many there were.
  func read(_ count: Int, into buffer: inout [UInt8]) throws(CaptureError) -> Int {
    let length = fread(&buffer, 1, min(count, buffer.count), file)
    guard ferror(file) == 0 else { throw .read(name, errno: errno) }
    return length
  }

  func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws(CaptureError) {
    let written = fwrite(numbers, MemoryLayout<Number>.stride, numbers.count, file)
    guard written == numbers.count else { throw .write(name, errno: errno) }
  }

  /// Writes what is buffered.
  func flush() throws(CaptureError) {
    guard fflush(file) == 0 else { throw .write(name, errno: errno) }
  }
}
