// SPDX-License-Identifier: Apache-2.0

internal import IPVSDevices

/// A capture as a port: packets are received from one file, and sent ones are written to another.
struct CapturePort: PacketPort, ~Copyable {
  let capabilities = PortCapabilities(router: .none)

  private var reader: CaptureReader
  private var writer: CaptureWriter?
  private let memory = FrameMemory()

  /// The first error of a write, thrown by the next `flush`.
  private var failure: CaptureError?

  /// When the packet was captured that was received last, in nanoseconds since 1970.
  private(set) var time: UInt64 = 0

  /// The packets of which the capture holds a part only; they are skipped.
  private(set) var cutOff: UInt64 = 0

  /// Nothing is left to receive.
  private(set) var isAtEnd = false

  /// The frames that were read, and those of them that held no IP packet.
  var frames: (all: UInt64, others: UInt64) { (reader.frames, reader.others) }

  /// - Parameter writer: Gets the packets that are sent; nil: they are dropped.
  init(_ reader: consuming CaptureReader, to writer: consuming CaptureWriter?) {
    self.reader = reader
    self.writer = writer
  }

  /// Receives the next packet; the batch stays empty if it is skipped, or at the end of the capture.
  /// Batches hold one packet, as each has a time of its own.
  mutating func receive(into batch: inout PacketBatch) throws(CaptureError) {
    let next: CapturedPacket?
    do throws(CaptureError) { next = try reader.next() } catch {
      // What was sent until then is not lost.
      try writer?.finish()
      throw error
    }
    guard let packet = next else {
      isAtEnd = true
      try writer?.finish()
      return
    }
    guard packet.missing == 0, packet.bytes.count <= PacketFrame.largestPacket else {
      cutOff += 1
      return
    }
    time = packet.time
    batch.append(packet.bytes.withUnsafeBytes { memory.copy($0) })
  }

  mutating func send(_ frame: PacketFrame, _ egress: Egress) -> Bool {
    let packet = CapturedPacket(time: time, bytes: Array(frame.packet))
    do throws(CaptureError) { try writer?.write(packet) } catch { failure = failure ?? error }
    return failure == nil
  }

  mutating func flush() throws(CaptureError) {
    if let failure { throw failure }
  }
}
