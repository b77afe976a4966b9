// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem

/// The source of lines of rules.
protocol InputSource {
  /// Appends the next bytes, at most as many as `room` has capacity for; none at the end.
  mutating func read(into room: inout OutputSpan<UInt8>) throws(SystemError)

  /// Whether the next call of `read` does not wait.
  var isReady: Bool { get }
}

extension FileDescriptor: InputSource {
  var isReady: Bool { isReadable(within: 0) }
}

/// Input that is read to its end before its first line is run.
struct HeldInput: InputSource {
  /// The most bytes. A table of a million servers has fewer.
  static let limit = 256 << 20

  private var bytes: [UInt8] = []
  private var position = 0

  /// Reads `source` to its end.
  ///
  /// - Throws: the error of reading; EFBIG where the input is longer than `limit`.
  init(reading source: some InputSource) throws(SystemError) {
    var source = source
    while true {
      let before = bytes.count
      try bytes.append(addingCapacity: 64 << 10) { room throws(SystemError) in
        try source.read(into: &room)
      }
      if bytes.count == before { return }
      guard bytes.count <= Self.limit else { throw SystemError(errno: EFBIG) }
    }
  }

  var isReady: Bool { true }

  mutating func read(into room: inout OutputSpan<UInt8>) {
    while !room.isFull, position < bytes.count {
      room.append(bytes[position])
      position += 1
    }
  }
}
