// SPDX-License-Identifier: Apache-2.0

/// What a TUN device says of a packet before its first byte: what the sender left undone for a
/// network card to do (`struct virtio_net_hdr`, include/uapi/linux/virtio_net.h).
public struct OffloadHeader: Hashable, Sendable {
  public static let length = 10

  /// `VIRTIO_NET_HDR_F_NEEDS_CSUM`
  private static let needsChecksum: UInt8 = 1

  public var flags: UInt8 = 0

  /// `VIRTIO_NET_HDR_GSO_*`; 0 where the packet is one segment.
  public var segmentation: UInt8 = 0

  /// The bytes of all headers together.
  public var headersLength: UInt16 = 0

  /// The payload of each segment in bytes, the last excepted.
  public var segmentSize: UInt16 = 0

  /// Where summing begins, from the first byte of the packet.
  public var checksumStart: UInt16 = 0

  /// Where the sum goes, from `checksumStart`.
  public var checksumOffset: UInt16 = 0

  public init() {}

  /// Takes it from the beginning of a frame, which has room for it.
  init(reading frame: UnsafeRawBufferPointer) {
    withUnsafeMutableBytes(of: &self) { $0.copyMemory(from: frame.prefixed(Self.length)) }
  }

  /// Puts it at the beginning of a frame, which has room for it.
  func write(to frame: UnsafeMutableRawBufferPointer) {
    withUnsafeBytes(of: self) { frame.copyMemory(from: $0.prefixed(Self.length)) }
  }

  /// The transport checksum holds the sum of the pseudo header only; the sending device completes it.
  public var hasPartialChecksum: Bool {
    get { flags & Self.needsChecksum != 0 }
    set { flags = newValue ? Self.needsChecksum : 0 }
  }

  /// The packet carries several segments of one stream.
  public var isSeveralSegments: Bool { segmentation != 0 }
}

extension UnsafeRawBufferPointer {
  fileprivate func prefixed(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: prefix(count))
  }
}
