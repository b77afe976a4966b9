internal import Glibc

/// Where lines of rules come from.
protocol InputSource {
  /// Fills `buffer` from its beginning with what is there; returns how many bytes that are, 0 at the
  /// end.
  mutating func read(into buffer: inout [UInt8]) throws(SystemError) -> Int

  /// Whether the next call of `read` does not wait.
  var isReady: Bool { get }
}

extension Descriptor: InputSource {
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
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let length = try source.read(into: &chunk)
      if length == 0 { return }
      guard bytes.count + length <= Self.limit else { throw SystemError(errno: EFBIG) }
      bytes.append(contentsOf: chunk[..<length])
    }
  }

  var isReady: Bool { true }

  mutating func read(into buffer: inout [UInt8]) -> Int {
    let length = min(buffer.count, bytes.count - position)
    buffer.replaceSubrange(..<length, with: bytes[position..<position + length])
    position += length
    return length
  }
}
