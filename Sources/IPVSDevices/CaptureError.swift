public import IPVSText

/// Why a file of captured packets cannot be read or written.
public enum CaptureError: Error, Hashable, Sendable {
  case open(ByteString, errno: Int32)
  case read(ByteString, errno: Int32)
  case write(ByteString, errno: Int32)

  /// The file begins with no number that captures begin with.
  case notACapture(ByteString)

  /// The file is of the newer format, pcapng, which is not read.
  case newerFormat(ByteString)

  /// What stands before the packets is of a kind that is not known.
  case linkType(ByteString, UInt32)

  /// The file ends in the middle of a packet, or says that one is longer than any can be.
  case damaged(ByteString, packet: UInt64)
}
