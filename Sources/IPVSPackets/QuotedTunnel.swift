// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers

/// A tunnel's outer header that an ICMP error quotes, and the beginning of the packet inside. Both are of
/// IPv4, as in the kernel (ip_vs_core.c, `ip_vs_in_icmp`).
public struct QuotedTunnel: Hashable, Sendable {
  private static let greProtocol: UInt16 = 0x0800
  private static let greChecksumPresent: UInt16 = 0x8000

  /// `IP_VS_CONN_F_TUNNEL_TYPE_*`
  public let kind: UInt8

  /// The UDP port of GUE in host order; 0 for the other kinds.
  public let port: UInt16

  /// The header of the packet inside, as far as it is present.
  public let inner: PacketHeader

  /// Where the packet inside begins, in bytes from the IP header of the error.
  public let innerOffset: Int

  /// - Parameters:
  ///   - message: The error.
  ///   - header: The header of the packet that is the error.
  ///   - packet: The packet of the error.
  /// - Returns: Nil if the error is about something else, or quotes less than the inner IP header.
  public init?(in message: ICMPErrorMessage, _ packet: RawSpan, _ header: PacketHeader) {
    guard header.family == .ipv4, message.embedded.fragment != .later else { return nil }
    let start = message.embeddedOffset + message.embedded.transportOffset
    let rest = packet.extracting(start..<header.length)
    guard let layer = Self.layer(message.embedded.transport, rest), layer.length <= rest.byteCount,
      let inner = try? PacketHeader(quoted: rest.extracting(layer.length..<rest.byteCount)),
      inner.family == .ipv4
    else { return nil }
    self.inner = inner
    kind = layer.kind
    port = layer.port
    innerOffset = start + layer.length
  }

  /// The headers between the two IP headers.
  private typealias Layer = (kind: UInt8, port: UInt16, length: Int)

  private static func layer(_ transport: UInt8, _ rest: RawSpan) -> Layer? {
    switch transport {
    case TransportNumber.ipv4: (TunnelNumber.ipip, 0, 0)
    case TransportNumber.udp: gue(rest)
    case TransportNumber.gre: gre(rest)
    default: nil
    }
  }

  /// UDP and GUE of version 0 with data of IPv4, whatever fields follow.
  private static func gue(_ rest: RawSpan) -> Layer? {
    guard rest.byteCount >= 12 else { return nil }
    let first = rest.raw(UInt8.self, at: 8)
    guard first >> 5 == 0, rest.raw(UInt8.self, at: 9) == TransportNumber.ipv4 else { return nil }
    return (TunnelNumber.gue, rest.number(UInt16.self, at: 2), 12 + Int(first & 0x1f) * 4)
  }

  /// GRE with a checksum or without, and with nothing else.
  private static func gre(_ rest: RawSpan) -> Layer? {
    guard rest.byteCount >= 4 else { return nil }
    let flags = rest.number(UInt16.self, at: 0)
    guard flags & ~greChecksumPresent == 0, rest.number(UInt16.self, at: 2) == greProtocol else {
      return nil
    }
    return (TunnelNumber.gre, 0, flags == 0 ? 4 : 8)
  }
}
