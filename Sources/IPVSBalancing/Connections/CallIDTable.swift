// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The Call-IDs of the templates that the persistence engine `sip` made, by the slots of the templates
/// in the connection table. A Call-ID takes its bytes, one for its length, and the allocator's header.
struct CallIDTable: ~Copyable {
  private var texts = ZeroedArray<UnsafeMutablePointer<UInt8>?>()

  deinit {
    for slot in 0..<texts.count { Glibc.free(texts[slot]) }
  }

  /// Keeps a Call-ID of 1 to 255 bytes for a slot that has none.
  mutating func insert(_ slot: UInt32, _ text: RawSpan) {
    let length = text.byteCount
    guard let memory = malloc(1 + length) else { preconditionFailure("there is no memory") }
    let bytes = memory.bindMemory(to: UInt8.self, capacity: 1 + length)
    bytes.initialize(to: UInt8(length))
    text.withUnsafeBytes { source in
      UnsafeMutableRawBufferPointer(start: bytes + 1, count: length).copyMemory(from: source)
    }
    texts.reach(slot)
    texts[slot] = bytes
  }

  /// Frees the Call-ID of a slot that has one.
  mutating func remove(_ slot: UInt32) {
    Glibc.free(texts[slot])
    texts[slot] = nil
  }

  /// Calls `body` with the Call-ID of a slot that has one.
  func withBytes<Result>(_ slot: UInt32, _ body: (RawSpan) -> Result) -> Result {
    guard let bytes = texts[slot] else { return body(RawSpan()) }
    return body(UnsafeRawBufferPointer(start: bytes + 1, count: Int(bytes.pointee)).bytes)
  }

  /// Whether the Call-ID of a slot that has one consists of these bytes.
  func isEqual(_ slot: UInt32, _ other: RawSpan) -> Bool {
    guard let bytes = texts[slot], Int(bytes.pointee) == other.byteCount else { return false }
    return other.withUnsafeBytes { text in
      text.baseAddress.map { memcmp(bytes + 1, $0, text.count) == 0 } ?? true
    }
  }
}
