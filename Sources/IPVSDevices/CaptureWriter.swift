// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Writes a capture that tcpdump(8) reads: IP packets without link headers, times in nanoseconds.
public struct CaptureWriter: ~Copyable {
  private let stream: Stream

  /// - Parameter name: the file, which is replaced; `-` is standard output.
  public init(_ name: ByteString) throws(CaptureError) {
    let stream = try Stream(name, for: .writing)
    // Magic number, version 2.4, no time zone, no accuracy, length and kind of frames.
    try stream.write([0xa1b2_3c4d as UInt32, 4 << 16 | 2, 0, 0, 262_144, LinkType.raw])
    self.stream = stream
  }

  public mutating func write(_ packet: CapturedPacket) throws(CaptureError) {
    let length = UInt32(truncatingIfNeeded: packet.bytes.count)
    try stream.write([
      UInt32(truncatingIfNeeded: packet.time / 1_000_000_000),
      UInt32(packet.time % 1_000_000_000), length,
      length &+ UInt32(truncatingIfNeeded: packet.missing),
    ])
    try stream.write(packet.bytes)
  }

  /// Writes what is buffered to the file. Before that, a full disk may have gone unnoticed.
  public mutating func finish() throws(CaptureError) {
    try stream.flush()
  }
}
