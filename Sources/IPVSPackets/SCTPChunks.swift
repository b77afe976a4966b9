// SPDX-License-Identifier: Apache-2.0

/// The types of the first chunks of an SCTP packet (RFC 9260, section 3.2).
public struct SCTPChunks: Hashable, Sendable {
  /// INIT
  public static let initiation: UInt8 = 1

  /// ABORT
  public static let abort: UInt8 = 6

  /// COOKIE ECHO
  public static let cookieEcho: UInt8 = 10

  /// COOKIE ACK
  public static let cookieAcknowledgement: UInt8 = 11

  private static let commonHeaderLength = 12
  private static let chunkHeaderLength = 4

  /// The type of the first chunk.
  public let first: UInt8

  /// The type of the second chunk; nil if there is none, or the length of the first chunk is wrong.
  public let second: UInt8?

  /// The type that decides the state. An ABORT that follows COOKIE ECHO or COOKIE ACK takes precedence
  /// (`set_sctp_state`).
  public var decisive: UInt8 {
    let mayShare = first == Self.cookieEcho || first == Self.cookieAcknowledgement
    return mayShare && second == Self.abort ? Self.abort : first
  }

  /// - Returns: Nil for other protocols, for later fragments, and if the first chunk is cut off.
  public init?(reading packet: RawSpan, _ header: PacketHeader) {
    let start = header.transportOffset + Self.commonHeaderLength
    let end = min(Int(header.available), packet.byteCount)
    guard header.transport == TransportNumber.sctp, header.fragment != .later,
      end - start >= Self.chunkHeaderLength
    else { return nil }
    first = packet.raw(UInt8.self, at: start)
    let length = Int(packet.number(UInt16.self, at: start + 2))
    let next = start + (length + 3) & ~3
    second =
      length >= Self.chunkHeaderLength && end - next >= Self.chunkHeaderLength
      ? packet.raw(UInt8.self, at: next) : nil
  }
}
