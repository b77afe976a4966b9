// SPDX-License-Identifier: Apache-2.0

/// A packet as it was captured.
public struct CapturedPacket: Sendable {
  /// The time of the capture, in nanoseconds since 1970.
  public var time: UInt64

  /// The bytes from the IP header on.
  public var bytes: [UInt8]

  /// How many bytes of the packet the capture left out.
  public var missing: Int

  public init(time: UInt64, bytes: [UInt8], missing: Int = 0) {
    self.time = time
    self.bytes = bytes
    self.missing = missing
  }
}
