// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem
public import IPVSText

/// Writes a capture that tcpdump(8) reads: IP packets without link headers, times in nanoseconds.
public struct CaptureWriter: ~Copyable {
  private let stream: FileStream

  /// - Parameter name: the file, which is replaced; `-` is standard output.
  public init(_ name: ByteString) throws(CaptureError) {
    let stream: FileStream
    do { stream = try FileStream(name, for: .writing) } catch {
      throw .open(name, errno: error.errno)
    }
    // Magic number, version 2.4, no time zone, no accuracy, length and kind of frames.
    try stream.append([0xa1b2_3c4d as UInt32, 4 << 16 | 2, 0, 0, 262_144, LinkType.raw])
    self.stream = stream
  }

  /// Appends a packet.
  public mutating func write(_ packet: CapturedPacket) throws(CaptureError) {
    let length = UInt32(truncatingIfNeeded: packet.bytes.count)
    try stream.append([
      UInt32(truncatingIfNeeded: packet.time / 1_000_000_000),
      UInt32(packet.time % 1_000_000_000), length,
      length &+ UInt32(truncatingIfNeeded: packet.missing),
    ])
    try stream.append(packet.bytes)
  }

  /// Writes what is buffered to the file. Before that, a full disk may have gone unnoticed.
  public mutating func finish() throws(CaptureError) {
    do { try stream.flush() } catch { throw .write(stream.name, errno: error.errno) }
  }
}

extension FileStream {
  /// Writes numbers of a capture.
  fileprivate func append<Number: BitwiseCopyable>(_ numbers: [Number]) throws(CaptureError) {
    do { try write(numbers) } catch { throw .write(name, errno: error.errno) }
  }
}
