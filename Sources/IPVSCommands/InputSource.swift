internal import Glibc

/// Where lines of rules come from.
protocol InputSource {
  /// Appends to `room` what is there, as far as it has room; nothing at the end.
  mutating func read(into room: inout OutputSpan<UInt8>) throws(SystemError)

  /// Whether the next call of `read` does not wait.
  var isReady: Bool { get }
}

extension FileDescriptor: InputSource {
  var isReady: Bool {
    var question = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    return poll(&question, 1, 0) == 1
  }
}

/// Input that was read to its end before the first line of it is run.
struct HeldInput: InputSource {
  /// The most that is held. A table of a million servers takes less.
  static let limit = 256 << 20

  private var bytes: [UInt8] = []
  private var position = 0

  /// Reads `source` to its end. EFBIG: it is longer than `limit`.
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
