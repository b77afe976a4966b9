// SPDX-License-Identifier: Apache-2.0

/// What the sender of a packet left to a network card: the transport checksum, and cutting a stream into
/// segments.
public struct PacketOffload: Hashable, Sendable {
  /// If `partial`, the network card sums the bytes from `checksumStart` on.
  public var checksum = ChecksumState.complete

  /// The kind of segments, in the port's own numbers; 0 where the packet is one segment.
  public var segmentKind: UInt8 = 0

  /// The payload of each segment in bytes, the last excepted.
  public var segmentSize: UInt16 = 0

  /// The bytes of all headers together, which each segment begins with.
  public var headersLength: UInt16 = 0

  /// Where a partial checksum begins to sum, in bytes from the IP header.
  public var checksumStart: UInt16 = 0

  /// Where it is stored, in bytes from `checksumStart`.
  public var checksumOffset: UInt16 = 0

  /// Nothing is left to do.
  @inlinable
  public init() {}

  /// GSO: the packet carries several segments of one stream.
  @inlinable
  public var isSeveralSegments: Bool { segmentKind != 0 }

  /// The bytes of each segment, headers included; nil for a packet that is one.
  @inlinable
  public var segmentLength: Int? {
    isSeveralSegments ? Int(headersLength) + Int(segmentSize) : nil
  }
}

extension MutableRawSpan {
  /// Completes a partial checksum: sums the bytes from `start` to `end`, which include the partial sum,
  /// and stores the result. A sum of 0 becomes 0xffff, whatever the protocol (`skb_checksum_help`).
  ///
  /// - Parameters:
  ///   - start: Where the sum begins, in bytes from the IP header (`csum_start` of virtio).
  ///   - offset: Where it is stored, from `start` on (`csum_offset`).
  ///   - end: Where the packet ends; no more than `byteCount`.
  /// - Returns: False, and nothing is stored, where the two do not lie within the packet.
  public mutating func completeChecksum(from start: Int, offset: Int, end: Int) -> Bool {
    guard start >= 0, offset >= 0, end <= byteCount, start <= end, offset <= end - start - 2 else {
      return false
    }
    let sum = ~InternetChecksum.fold(InternetChecksum.sum(of: bytes, in: start..<end))
    store(raw: sum == 0 ? 0xffff : sum, at: start + offset)
    return true
  }
}
