// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

/// A packet in memory that is lent, with room before it for headers.
struct PacketFrame {
  /// Packets are no longer, headers included.
  static let largestPacket = 65_535

  /// The room for what a tunnel puts before a packet, at most 60 bytes: IPv6, UDP, and GUE with a
  /// remote checksum offload.
  static let tunnelRoom = 64

  /// The room before a packet to be sent, for a header of the port: Ethernet has 14 bytes, virtio 10.
  static let portRoom = 16

  /// The room before each packet that a port receives.
  static let headroom = portRoom + tunnelRoom

  private(set) var start: UnsafeMutableRawPointer

  /// In bytes, from the IP header on.
  var length: Int

  var offload: PacketOffload

  /// - Parameters:
  ///   - start: Where the packet begins; `headroom` bytes before it may be changed, `portRoom` if it is
  ///     only to be sent.
  init(at start: UnsafeMutableRawPointer, length: Int, offload: PacketOffload = PacketOffload()) {
    self.start = start
    self.length = length
    self.offload = offload
  }

  /// Valid as long as the memory is lent.
  var packet: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: length) }

  /// The packet, and the `room` bytes before it.
  func withRoom(_ room: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start - room, count: room + length)
  }

  /// Calls `body` with the packet, to change it in place.
  @inline(__always)
  func change<Result>(_ body: (inout MutableRawSpan) -> Result) -> Result {
    let bytes = withRoom(0)
    var span = bytes.mutableBytes
    return body(&span)
  }

  /// Extends the packet to the front by a header that was written there.
  mutating func prepend(_ length: Int) {
    start -= length
    self.length += length
  }
}

/// Packets that a port lends together.
struct PacketBatch {
  static let capacity = 32

  private(set) var count = 0
  private var frames = InlineArray<32, PacketFrame?>(repeating: nil)

  var isFull: Bool { count == Self.capacity }

  /// - Precondition: The batch is not full.
  mutating func append(_ frame: PacketFrame) {
    frames[count] = frame
    count += 1
  }

  mutating func removeAll() { count = 0 }

  /// - Parameter index: Less than `count`.
  subscript(index: Int) -> PacketFrame { frames[index]! }
}

/// Memory for one packet and the room before it.
struct FrameMemory: ~Copyable {
  private let memory: UnsafeMutableRawBufferPointer

  /// - Parameter capacity: The bytes of the longest packet.
  init(capacity: Int = PacketFrame.largestPacket) {
    // Packets begin at a multiple of 16 bytes.
    memory = .allocate(byteCount: PacketFrame.headroom + capacity, alignment: 64)
  }

  deinit { memory.deallocate() }

  /// Where to put a packet, and what precedes it.
  ///
  /// - Parameter room: How many bytes precede the packet, no more than `PacketFrame.headroom`.
  func buffer(behind room: Int = 0) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[(PacketFrame.headroom - room)...])
  }

  /// The packet that was put here.
  func frame(length: Int, offload: PacketOffload = PacketOffload()) -> PacketFrame {
    PacketFrame(
      at: memory.baseAddress! + PacketFrame.headroom, length: length, offload: offload)
  }

  /// A copy of a packet that fits.
  func copy(_ packet: UnsafeRawBufferPointer) -> PacketFrame {
    buffer().copyMemory(from: packet)
    return frame(length: packet.count)
  }
}
