// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Why a file of captured packets cannot be read or written.
public enum CaptureError: Error, Hashable, Sendable {
  case open(ByteString, errno: Int32)
  case read(ByteString, errno: Int32)
  case write(ByteString, errno: Int32)

  /// The file does not begin with the magic number of a capture.
  case notACapture(ByteString)

  /// The file is of the newer format, pcapng, which is not read.
  case newerFormat(ByteString)

  /// The link-layer header type is unknown.
  case linkType(ByteString, UInt32)

  /// The file ends in the middle of a packet, or says that one is longer than any can be.
  case damaged(ByteString, packet: UInt64)
}
